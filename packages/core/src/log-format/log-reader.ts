import { join } from 'node:path'
import { extentAt, type Extent } from './extents.ts'
import type { FileSystem, OpenFile } from './file-system.ts'
import { LineReader } from './line-reader.ts'
import { linesWithin } from './checked-line.ts'
import { readRecord, type StoredRecord } from './record-line.ts'
import { ifNotThere } from './small-file.ts'

/** The parts of a log that a reader needs. */
export interface ReadableLog {
  readonly fileSystem: FileSystem
  /** Directory of its segments. */
  readonly directory: string
  /** The `source` of its lines: a line with another source does not belong to it. Left out: every line counts. */
  readonly source?: string
  readonly extents: readonly Extent[]
  /** Only whole lines count, as the format defines them. Left out: also those within a line that lost its end. */
  readonly hasOnlyWholeLines?: boolean
  /** The sequence after the last durable one: nothing is read beyond it. */
  readonly end: number
}

/** Records in order, and the sequence up to which everything was read: missing records before it are unreadable. */
export interface ReadResult {
  readonly records: readonly StoredRecord[]
  readonly readTo: number
}

interface OpenSegment {
  readonly extent: Extent
  readonly file: OpenFile
  readonly lines: LineReader
  /** Sequence of the next line. */
  sequence: number
}

/** Receives each record that is read, with its line as it is on the disk. The line is overwritten by the next read. */
export type OnLine = (line: Buffer, record: StoredRecord) => void

/** Reads a log from the disk in order and in bounded memory, and checks every line. Keeps one file open until `release`. */
export class LogReader {
  readonly #log: ReadableLog
  readonly #onLine: OnLine
  /** Text in front of the sequence of each line. */
  readonly #offset: string
  #open: OpenSegment | undefined

  constructor(log: ReadableLog, onLine: OnLine = () => undefined) {
    this.#log = log
    this.#onLine = onLine
    this.#offset = log.source === undefined ? '' : `,"source":${JSON.stringify(log.source)},"sequence":`
  }

  /** Reads records from `from` on, before `limit`: about `maxBytes`, and at least one if any exists. */
  async read(from: number, maxBytes: number, limit: number = Infinity): Promise<ReadResult> {
    const { hasOnlyWholeLines = false } = this.#log
    let readTo = from
    while (readTo < Math.min(limit, this.#log.end)) {
      const extent = extentAt(this.#log.extents, readTo)
      if (!extent) return { records: [], readTo: this.#log.end }
      const end = Math.min(extent.end, this.#log.end, limit)
      const segment = await this.#segment(extent, readTo)
      const records = segment
        ? await readSome(segment, { from: readTo, end, maxBytes, offset: this.#offset, hasOnlyWholeLines, onLine: this.#onLine })
        : []
      if (records.length > 0) return { records, readTo: records.at(-1)!.end }
      // Nothing more of this extent is readable: its file is missing, or damaged up to its end.
      readTo = Math.max(readTo, end)
    }
    return { records: [], readTo }
  }

  /** Closes its file; the next read opens it again. */
  async release(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    await open?.file.close().catch(() => undefined)
  }

  async #segment(extent: Extent, from: number): Promise<OpenSegment | undefined> {
    const open = this.#open
    if (open && open.extent.segment === extent.segment && open.sequence <= from) return open
    await this.release()
    const path = join(this.#log.directory, extent.segment.name)
    const file = await this.#log.fileSystem.open(path, 'read').catch(ifNotThere)
    if (file) this.#open = { extent, file, lines: new LineReader(file), sequence: extent.segment.first }
    return this.#open
  }
}

interface Wanted {
  readonly from: number
  readonly end: number
  readonly maxBytes: number
  readonly offset: string
  readonly hasOnlyWholeLines: boolean
  readonly onLine: OnLine
}

/** Reads complete lines with a sequence in `[from, end)`. */
async function readSome(segment: OpenSegment, wanted: Wanted): Promise<readonly StoredRecord[]> {
  const { from, end, offset, hasOnlyWholeLines, onLine } = wanted
  const records: StoredRecord[] = []
  let bytes = 0
  // A line is not read before it is durable, because a failed write may be replaced by another line.
  while (segment.sequence < end && bytes < wanted.maxBytes) {
    const line = segment.lines.take()
    if (!line) {
      if (records.length > 0 || !(await segment.lines.fill())) break
      continue
    }
    const record = readRecord(line)
    for (const whole of record ? [line] : hasOnlyWholeLines ? [] : linesWithin(line)) {
      const found = record ?? readRecord(whole)
      if (!found || found.sequence < segment.sequence || found.sequence >= end || !isAt(offset, found)) continue
      segment.sequence = found.end
      if (found.sequence < from) continue
      records.push(found)
      bytes += found.byteLength
      onLine(whole, found)
    }
  }
  return records
}

function isAt(offset: string, { line, sequence }: StoredRecord): boolean {
  return line.endsWith(`${offset}${sequence}}`)
}
