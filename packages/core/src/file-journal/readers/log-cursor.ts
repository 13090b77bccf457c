import type { EventHeader } from '../../event/event.ts'
import { WantedRuns } from './wanted-runs.ts'
import { LogReader } from '../../log-format/log-reader.ts'
import { PassedOver, type SkippedEvents } from './skipped-events.ts'
import type { Offsets } from '../log/offsets.ts'
import { SerialQueue } from '../../serial-queue.ts'
import type { StoredRecord } from '../../log-format/record-line.ts'
import type { LogWriter } from '../log/log-writer.ts'

export interface LogCursorOptions {
  readonly name: string
  /** Reads the log from the disk. Left out: it is read line by line. */
  readonly reader?: Pick<LogReader, 'read' | 'release'> | undefined
  readonly wants: (event: EventHeader) => boolean
  /** Called with the number of events that `pending` had counted, although they are not wanted. */
  readonly onUnwanted: (count: number) => void
  /** Resolves once the loss is recorded. */
  readonly onLost: (loss: SkippedEvents) => Promise<void>
  /** A range of the log that cannot be read. */
  readonly onGap: (from: number, to: number) => void
  /** Resolves with the sequences of lines, as read from the disk, that differ from the checkpoint. */
  readonly changedOf: (records: readonly StoredRecord[]) => Promise<readonly number[]>
}

/** Bytes per read from the disk. */
const READ_BYTES = 256 << 10

/** Start of a loss that is not recorded yet. */
interface Hold {
  readonly from: number
}

/** The part of a cursor in the log of one source: its unacknowledged events, and the offset where it continues to read. */
export class LogCursor {
  readonly log: LogWriter
  readonly #offsets: Offsets
  readonly #options: LogCursorOptions
  readonly #reader: Pick<LogReader, 'read' | 'release'>
  /** Events before this sequence were counted as pending without reading them. Later ones are offered. */
  readonly #countedTo: number
  /** The offered events that are wanted. */
  readonly #wanted = new WantedRuns()
  #given: StoredRecord[] = []
  #ahead: readonly StoredRecord[] = []
  #aheadIndex = 0
  /** Sequences of lines ahead that differ from the checkpoint, so they are not returned. */
  #changed: ReadonlySet<number> = new Set()
  /** Changed lines that are not yet reported: their number, and the first sequence. */
  #leftOut: { count: number; readonly from: number } | undefined
  #readTo: number
  #pending: number
  /** Losses that are not recorded yet: the offset that is stored is still before them. */
  readonly #holds = new Set<Hold>()
  readonly #tasks = new SerialQueue()

  constructor(log: LogWriter, offsets: Offsets, offset: number, options: LogCursorOptions) {
    this.log = log
    this.#offsets = offsets
    this.#options = options
    this.#reader = options.reader ?? new LogReader(log)
    this.#readTo = Math.min(Math.max(offset, log.first), log.end)
    this.#countedTo = log.end
    this.#pending = log.end - this.#readTo
  }

  /** Number of wanted events that are not acknowledged. Events of earlier processes count as wanted until they are read. */
  get pending(): number {
    return this.#pending
  }

  /** Every event before this sequence is acknowledged or not wanted. */
  get offset(): number {
    return Math.min(this.#given[0]?.sequence ?? this.#readTo, ...Array.from(this.#holds, ({ from }) => from))
  }

  get isDrained(): boolean {
    return this.#given.length === 0 && this.#readTo >= this.log.end && this.#pending === 0 && this.#holds.size === 0
  }

  /** Adds new records of the log. True if one of them is wanted. */
  offer(records: readonly StoredRecord[]): boolean {
    const before = this.#pending
    for (const record of records) {
      if (this.#options.wants(record)) {
        this.#wanted.add(record.sequence)
        this.#pending++
      } else if (this.#readTo === record.sequence) this.#readTo = record.end
    }
    return this.#pending > before
  }

  /** The next wanted records. They count as returned until they are acknowledged. */
  take(maxEvents: number, maxBytes: number): Promise<readonly StoredRecord[]> {
    return this.#tasks.run(async () => {
      const taken: StoredRecord[] = []
      for (let bytes = 0; taken.length < maxEvents && bytes < maxBytes;) {
        const record = this.#nextAtHand()
        if (record) {
          bytes += record.byteLength
          taken.push(record)
          this.#given.push(record)
        } else if (taken.length > 0 || !(await this.#readOn())) break
      }
      this.#settleChanged()
      return taken
    })
  }

  /** Resolves once the new offset is kept. */
  acknowledge(end: number): Promise<void> {
    const kept = this.#given.findIndex((record) => record.end > end)
    const count = kept === -1 ? this.#given.length : kept
    this.#given = this.#given.slice(count)
    this.#pending -= count
    this.#settleRest()
    return this.keepOffset()
  }

  keepOffset(): Promise<void> {
    return this.#offsets.set(this.#options.name, this.offset)
  }

  /** Skips every unread event before `sequence`. Others see the new offset only once the loss is recorded. */
  async skipTo(sequence: number): Promise<void> {
    const hold = this.#hold(this.offset)
    try {
      const loss = await this.#tasks.run(() => this.#passOver(sequence))
      if (loss) await this.#options.onLost(loss)
    } finally {
      this.#holds.delete(hold)
    }
    await this.keepOffset()
  }

  async close(): Promise<void> {
    await this.#tasks.run(() => this.#reader.release())
    await this.keepOffset()
  }

  async #passOver(end: number): Promise<SkippedEvents | undefined> {
    if (this.#readTo >= end) return undefined
    const passed = new PassedOver(this.#options.name)
    for (;;) {
      const record = this.#nextAtHand(end)
      if (record) {
        passed.add(record)
        this.#pending--
      } else if (!(await this.#readOn(end))) break
    }
    this.#settleChanged()
    return passed.loss
  }

  /** The next wanted record before `end` that is in memory. */
  #nextAtHand(end = Infinity): StoredRecord | undefined {
    while (this.#readTo < Math.min(end, this.log.end)) {
      const record = this.#nextInMemory()
      if (!record) return undefined
      if (record.sequence > this.#readTo) this.#options.onGap(this.#readTo, record.sequence)
      this.#readTo = record.end
      if (this.#changed.has(record.sequence)) {
        this.#leaveOut(record)
        continue
      }
      if (record.sequence >= this.#countedTo) {
        if (this.#wanted.has(record.sequence)) return record
        continue
      }
      if (this.#options.wants(record)) return record
      this.#pending--
      this.#options.onUnwanted(1)
    }
    return undefined
  }

  #nextInMemory(): StoredRecord | undefined {
    while (this.#aheadIndex < this.#ahead.length) {
      const record = this.#ahead[this.#aheadIndex++]!
      if (record.sequence >= this.#readTo) return record
    }
    const { recent } = this.log
    return recent.first !== undefined && recent.first <= this.#readTo ? recent.at(this.#readTo) : undefined
  }

  /** Reads from the disk. False if there is nothing more before `end`. */
  async #readOn(end = Infinity): Promise<boolean> {
    if (this.#readTo >= Math.min(end, this.log.end)) {
      this.#settleRest()
      return false
    }
    const { records, readTo } = await this.#reader.read(this.#readTo, READ_BYTES)
    this.#changed = new Set(await this.#options.changedOf(records))
    this.#ahead = records
    this.#aheadIndex = 0
    if (records.length === 0) {
      if (readTo > this.#readTo) this.#options.onGap(this.#readTo, readTo)
      this.#readTo = readTo
    }
    return true
  }

  /** Counts a changed line. Its content cannot be trusted, so it counts as wanted unless it was offered and is not. */
  #leaveOut({ sequence }: StoredRecord): void {
    if (sequence >= this.#countedTo && !this.#wanted.has(sequence)) return
    this.#pending--
    this.#leftOut ??= { count: 0, from: sequence }
    this.#leftOut.count++
  }

  #settleChanged(): void {
    if (!this.#leftOut) return
    const { count, from } = this.#leftOut
    this.#leftOut = undefined
    const hold = this.#hold(from)
    void this.#options.onLost({ reason: 'changed', losses: [{ name: '*:*', count }] }).then(() => {
      this.#holds.delete(hold)
      return this.keepOffset()
    })
  }

  #hold(from: number): Hold {
    const hold = { from }
    this.#holds.add(hold)
    return hold
  }

  /** Once everything is read and acknowledged, the events that are still pending were in a range that cannot be read. */
  #settleRest(): void {
    if (this.#readTo < this.log.end) return
    void this.#reader.release()
    if (this.#given.length > 0 || this.#pending === 0 || this.#holds.size > 0) return
    const count = this.#pending
    this.#pending = 0
    void this.#options.onLost({ reason: 'unreadable', losses: [{ name: '*:*', count }] })
  }
}
