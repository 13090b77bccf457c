import { extentBefore, type Extent } from '../journal/file/extents.ts'
import { readRecord, recordsWithin, type StoredRecord } from '../journal/file/record-line.ts'
import { ifNotThere } from '../journal/file/small-file.ts'
import { BackwardLines } from './backward-lines.ts'
import type { SourceReader } from './source-reader.ts'
import type { SourceSegments } from './source-segments.ts'

export interface BackwardOptions {
  readonly segments: SourceSegments
  /** Ends at a segment that was last written to long before then. */
  readonly since: number
  /** Begins before this sequence. Left out: with the newest line. */
  readonly before?: number | undefined
}

interface OpenExtent extends Extent {
  readonly lines: BackwardLines
}

/** Reads one log from the newest line to the oldest. What is appended meanwhile is not looked at. */
export class BackwardReader implements SourceReader {
  readonly #segments: SourceSegments
  readonly #since: number
  #isListed = false
  /** Only what stands before this sequence is still to be given. */
  #before: number
  #open: OpenExtent | undefined
  /** The last is the next. */
  #records: StoredRecord[] = []

  constructor({ segments, since, before = Infinity }: BackwardOptions) {
    this.#segments = segments
    this.#since = since
    this.#before = before
  }

  next(): StoredRecord | undefined | Promise<StoredRecord | undefined> {
    return this.#pop() ?? this.#readOn()
  }

  /** It has nothing open between two calls. */
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

  /** False at the beginning of the log. */
  async #read(): Promise<boolean> {
    if (!this.#isListed) await this.#segments.refresh()
    this.#isListed = true
    const extent = this.#open ?? extentBefore(this.#segments.extents, this.#before)
    if (!extent || (await this.#segments.isOlder(extent.segment, this.#since))) return false
    const lines = await this.#linesOf(extent)
    for (const line of lines === 'gone' ? [] : (lines ?? [])) this.#take(line, extent)
    if (Array.isArray(lines)) return true
    this.#open = undefined
    // If it was replaced before it could be read, what is in its place is listed now.
    const isListedAnew = lines === 'gone' && (await this.#segments.refresh()) !== undefined
    if (!isListedAnew) this.#before = extent.first
    return true
  }

  /** Some of its lines; undefined if there are no more. */
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
    const whole = readRecord(line)
    for (const record of whole ? [whole] : recordsWithin(line))
      if (record.sequence >= first && record.sequence < end) this.#records.push(record)
  }
}
