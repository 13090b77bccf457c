import { join } from 'node:path'
import { effectiveExtents, type Extent } from '../log-format/extents.ts'
import type { FileSystem } from '../log-format/file-system.ts'
import type { ReadableLog } from '../log-format/log-reader.ts'
import { parseSegment, type Segment } from '../log-format/segment-name.ts'
import { readRecord } from '../log-format/record-line.ts'
import { ifMissing, ifNotThere } from '../log-format/small-file.ts'
import { BackwardLines } from './backward-lines.ts'
import { eventOfLine } from './trail-line.ts'

/** The clocks of a service and of a file server may differ. */
const CLOCK_SLACK_MS = 3_600_000

/** The valid lines of a log, by its current file names: its owner adds and removes segments meanwhile. */
export class SourceSegments implements ReadableLog {
  readonly fileSystem: FileSystem
  readonly directory: string
  /** Text after the last line end is not read; only the owner knows how much of the rest is durable. */
  readonly end: number = Infinity
  readonly hasOnlyWholeLines = true
  readonly #isEmpty: (name: string) => boolean
  #known: ReadonlyMap<string, Segment> = new Map()
  #extents: readonly Extent[] = []

  /** Reads the log of the source in `directory`. Segments for which `isEmpty` is true are not opened. */
  constructor(fileSystem: FileSystem, directory: string, isEmpty: (name: string) => boolean = () => false) {
    this.fileSystem = fileSystem
    this.directory = join(directory, 'log')
    this.#isEmpty = isEmpty
  }

  get extents(): readonly Extent[] {
    return this.#extents
  }

  /**
   * Looks again. Undefined if nothing changed; else the beginning of the first new segment, from which on other lines may count
   * now: `Infinity` if segments were only removed. A log that is gone has no segments.
   */
  async refresh(): Promise<number | undefined> {
    const names = ((await this.fileSystem.list(this.directory).catch(ifMissing)) ?? []).filter((name) => parseSegment(name))
    const known = this.#known
    if (names.length === known.size && names.every((name) => known.has(name))) return undefined
    // One segment stays one object, so a reader that has it open need not begin again.
    const segments = names.map((name) => known.get(name) ?? parseSegment(name)!)
    this.#known = new Map(segments.map((segment) => [segment.name, segment]))
    // An empty segment voids lines too, so it is left out afterwards.
    this.#extents = effectiveExtents(segments).extents.filter(({ segment }) => !this.#isEmpty(segment.name))
    return segments.reduce((least, { name, first }) => (known.has(name) ? least : Math.min(least, first)), Infinity)
  }

  pathOf({ name }: Segment): string {
    return join(this.directory, name)
  }

  /** Bytes of the segment that is being written, if there is one. */
  async lastSize(): Promise<number | undefined> {
    const last = this.#extents.at(-1)
    return last && (await this.fileSystem.stat(this.pathOf(last.segment)).catch(ifMissing))?.size
  }

  /**
   * True if its newest line, and the last write to it, are long before that time. The time of a file alone is no reason to leave
   * out its lines: anyone who may write the file can set it.
   */
  async isOlder(segment: Segment, since: number): Promise<boolean> {
    if (since === -Infinity) return false
    const isLong = (time: number) => time < since - CLOCK_SLACK_MS
    const stat = await this.fileSystem.stat(this.pathOf(segment)).catch(ifMissing)
    return stat === undefined || (isLong(stat.modifiedAt) && isLong((await this.#newestTimeIn(segment)) ?? Infinity))
  }

  /** The time of its last line; undefined if it does not end with a line of a trail. */
  async #newestTimeIn(segment: Segment): Promise<number | undefined> {
    const file = await this.fileSystem.open(this.pathOf(segment), 'read').catch(ifNotThere)
    if (!file) return undefined
    try {
      const lines = await new BackwardLines((await file.stat()).size).read(file)
      const record = readRecord(lines?.at(-1) ?? Buffer.alloc(0))
      const time = record && Date.parse(eventOfLine(record.line)?.timestamp ?? '')
      return time === undefined || Number.isNaN(time) ? undefined : time
    } finally {
      await file.close()
    }
  }
}
