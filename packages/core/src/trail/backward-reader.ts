import { extentBefore, type Extent } from '../log-format/extents.ts'
import { readRecord, type StoredRecord } from '../log-format/record-line.ts'
import { ifNotThere } from '../log-format/small-file.ts'
import { BackwardLines } from './backward-lines.ts'
import type { SourceReader } from './trail-stream.ts'
import type { SourceSegments } from './source-segments.ts'

export interface BackwardOptions {
  readonly segments: SourceSegments
  /** Ends at a segment whose newest line is long before this time. */
  readonly since: number
  /** Begins before this sequence. Left out: with the newest line. */
  readonly before?: number | undefined
}

interface OpenExtent extends Extent {
  readonly lines: BackwardLines
}

/** Reads one log from the newest line to the oldest. Lines appended meanwhile are ignored. */
export class BackwardReader implements SourceReader {
  readonly #segments: SourceSegments
  readonly #since: number
  #isListed = false
  /** Only lines before this sequence are still to be returned. */
  #before: number
  #open: OpenExtent | undefined
  /** The last one is returned next. */
  #records: StoredRecord[] = []

  constructor({ segments, since, before = Infinity }: BackwardOptions) {
    this.#segments = segments
    this.#since = since
    this.#before = before
  }

  next(): StoredRecord | undefined | Promise<StoredRecord | undefined> {
    return this.#pop() ?? this.#readOn()
  }

  /** No file is open between two calls. */
  release(): Promise<void> {
    return Promise.resolve()
  }

  #pop(): StoredRecord | undefined {
    let record = this.#records.pop()
    while (record && record.sequence >= this.#before) record = this.#records.pop()
    this.#before = record?.sequence ?? this.#before
    return record
  }

  async #readOn(): Promise<StoredRecord | undefined> {
    while (await this.#read()) {
      const record = this.#pop()
      if (record) return record
    }
    return undefined
  }

  /** Resolves with false at the beginning of the log. */
  async #read(): Promise<boolean> {
    if (!this.#isListed) await this.#segments.refresh()
    this.#isListed = true
    const extent = this.#open ?? extentBefore(this.#segments.extents, this.#before)
    if (!extent || (await this.#segments.isOlder(extent.segment, this.#since))) return false
    const lines = await this.#linesOf(extent)
    for (const line of lines === 'gone' ? [] : (lines ?? [])) this.#take(line, extent)
    if (Array.isArray(lines)) return true
    this.#open = undefined
    // If a segment was replaced before it could be read, the list now has its replacement.
    const isListedAnew = lines === 'gone' && (await this.#segments.refresh()) !== undefined
    if (!isListedAnew) this.#before = extent.first
    return true
  }

  /** Returns some of its lines; undefined if there are no more. */
  async #linesOf(extent: Extent | OpenExtent): Promise<readonly Buffer[] | undefined | 'gone'> {
    const file = await this.#segments.fileSystem.open(this.#segments.pathOf(extent.segment), 'read').catch(ifNotThere)
    if (!file) return 'gone'
    try {
      const lines = 'lines' in extent ? extent.lines : new BackwardLines((await file.stat()).size)
      this.#open = { ...extent, lines }
      return await lines.read(file)
    } finally {
      await file.close()
    }
  }

  #take(line: Buffer, { first, end }: Extent): void {
    const record = readRecord(line)
    if (record && record.sequence >= first && record.sequence < end) this.#records.push(record)
  }
}
