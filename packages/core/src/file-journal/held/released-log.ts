import { createHash, type Hash } from 'node:crypto'
import { join } from 'node:path'
import { effectiveExtents, type Extent } from '../../log-format/extents.ts'
import type { FileSystem } from '../../log-format/file-system.ts'
import { hashLines } from '../../log-format/held-files.ts'
import { linesWithin } from '../../log-format/checked-line.ts'
import type { LogReader, ReadResult } from '../../log-format/log-reader.ts'
import { readRecord, type StoredRecord } from '../../log-format/record-line.ts'
import { parseSegment } from '../../log-format/segment-name.ts'

// A log that is held as a whole is delivered in place after its release, which may take days if a sink is slow. Any user who can
// write its files can change them meanwhile, so each line that a cursor reads is compared with the lines that were released.

/** Large enough for one byte of memory a line; small, because one changed line keeps its group from the sinks. */
const GROUP_LINES = 32

/** Digests of the lines of a log, by group. They stay in memory: no file that a user can write can say what was released. */
export class ReleasedLines {
  readonly #source: string
  readonly #digests = new Map<number, string>()
  #group = 0
  #hash: Hash | undefined

  constructor(source: string) {
    this.#source = source
  }

  /** The record of the next line that counts. */
  add({ sequence, line }: StoredRecord): void {
    if (!isOf(this.#source, line, sequence)) return
    const group = groupOf(sequence)
    if (group !== this.#group) this.end()
    this.#group = group
    this.#hash ??= createHash('sha256')
    this.#hash.update(line).update('\n')
  }

  /** All lines were added. */
  end(): void {
    if (this.#hash) this.#digests.set(this.#group, this.#hash.digest('base64'))
    this.#hash = undefined
  }

  /** The sequences of those records whose groups are not as they were. The records are those of whole groups, in order. */
  changed(records: readonly StoredRecord[]): readonly number[] {
    const found = new ReleasedLines(this.#source)
    for (const record of records) found.add(record)
    found.end()
    const isSame = (group: number) => found.#digests.get(group) === this.#digests.get(group)
    return records.map(({ sequence }) => sequence).filter((sequence) => !isSame(groupOf(sequence)))
  }
}

/** Reads a log in one pass: the hash of all its bytes that a release names, and digests of the lines that count. */
export async function readReleasedLog(
  fileSystem: FileSystem,
  directory: string,
  source: string,
): Promise<{ readonly sha256: string; readonly lines: ReleasedLines }> {
  const log = join(directory, 'log')
  const segments = (await fileSystem.list(log)).toSorted().flatMap((name) => parseSegment(name) ?? [])
  const extents = new Map(effectiveExtents(segments).extents.map((extent) => [extent.segment.name, extent]))
  const [sha256, lines] = [createHash('sha256'), new ReleasedLines(source)]
  for (const { name } of segments) {
    const extent = extents.get(name)
    const add = extent ? adderTo(lines, extent, source) : () => undefined
    await hashLines(fileSystem, join(log, name), { sha256, check: () => undefined }, add)
  }
  lines.end()
  return { sha256: sha256.digest('hex'), lines }
}

/** Adds the lines that a `LogReader` returns. */
function adderTo(lines: ReleasedLines, { first, end }: Extent, source: string): (line: Buffer) => void {
  let next = first
  return (line) => {
    const record = readRecord(line)
    for (const found of record ? [record] : linesWithin(line).flatMap((whole) => readRecord(whole) ?? [])) {
      if (found.sequence < next || found.sequence >= end || !isOf(source, found.line, found.sequence)) continue
      next = found.sequence + 1
      lines.add(found)
    }
  }
}

/** Reads a released log for one cursor, in whole groups. */
export class ReleasedReader {
  readonly #reader: Pick<LogReader, 'read' | 'release'>
  readonly #lines: ReleasedLines
  /** The sequence after the last event of the log. */
  readonly #end: number
  /** The first sequence that was not returned, at the beginning of a group. */
  #from = 0
  /** Records from there on that were read, and where the reading continues. */
  #ahead: readonly StoredRecord[] = []
  #readTo = 0
  #changed: ReadonlySet<number> = new Set()

  constructor(reader: Pick<LogReader, 'read' | 'release'>, lines: ReleasedLines, end: number) {
    this.#reader = reader
    this.#lines = lines
    this.#end = end
  }

  /** As `LogReader` does. */
  async read(from: number, maxBytes: number): Promise<ReadResult> {
    if (from !== this.#from) this.#goTo(groupOf(from) * GROUP_LINES)
    while (this.#readTo < Math.min(this.#end, (groupOf(from) + 1) * GROUP_LINES)) {
      const { records, readTo } = await this.#reader.read(this.#readTo, maxBytes)
      this.#ahead = [...this.#ahead, ...records]
      this.#readTo = readTo
    }
    const readTo = this.#readTo >= this.#end ? this.#readTo : groupOf(this.#readTo) * GROUP_LINES
    const isWhole = ({ sequence }: StoredRecord) => sequence < readTo
    const records = this.#ahead.filter(isWhole)
    this.#changed = new Set(this.#lines.changed(records))
    this.#ahead = this.#ahead.filter((record) => !isWhole(record))
    this.#from = readTo
    return { records: records.filter(({ sequence }) => sequence >= from), readTo }
  }

  /** Those of the records of the last `read` that differ from the released lines. */
  changedOf(records: readonly StoredRecord[]): readonly number[] {
    return records.map(({ sequence }) => sequence).filter((sequence) => this.#changed.has(sequence))
  }

  release(): Promise<void> {
    return this.#reader.release()
  }

  #goTo(sequence: number): void {
    this.#from = this.#readTo = sequence
    this.#ahead = []
  }
}

function groupOf(sequence: number): number {
  return Math.floor(sequence / GROUP_LINES)
}

function isOf(source: string, line: string, sequence: number): boolean {
  return line.endsWith(`,"source":${JSON.stringify(source)},"sequence":${sequence}}`)
}
