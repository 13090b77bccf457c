import type { Clock } from '../../clock.ts'
import { createBatch, recordsWithin, type Batch, type BatchLimits, type JournalRecord } from '../../event/batch.ts'
import type { Cursor } from '../../journal/cursors.ts'
import { Wakeup } from '../../journal/wakeup.ts'
import type { LogCursor } from './log-cursor.ts'
import type { StoredRecord } from '../../log-format/record-line.ts'
import type { LogWriter } from '../log/log-writer.ts'
import { cursorClosed } from '../../journal/journal-errors.ts'

/** A record that was returned and is not acknowledged. `end` is its position among all records of this cursor. */
interface Given extends JournalRecord {
  readonly record: StoredRecord
  readonly logCursor: LogCursor
}

export interface FileCursorOptions {
  readonly clock: Clock
  readonly onMoved: () => void
  readonly onUnwanted: (count: number) => void
  /** The disk failed to return existing data; the read is retried. */
  readonly onReadError: (error: unknown) => void
  readonly onClosed: () => void
}

const READ_RETRY_MS = 1_000

/**
 * A cursor of the file journal: it reads the log that this process writes, and the orphaned logs that it recovers. It takes from the logs in
 * turn, each in order, and keeps events in a window until they are acknowledged.
 */
export class FileCursor implements Cursor {
  readonly name: string
  readonly #options: FileCursorOptions
  #logCursors: readonly LogCursor[] = []
  #window: Given[] = []
  #windowBytes = 0
  /** Number of records that were ever put into the window. */
  #given = 0
  #turn = 0
  #isClosed = false
  readonly #wakeup: Wakeup

  constructor(name: string, options: FileCursorOptions) {
    this.name = name
    this.#options = options
    this.#wakeup = new Wakeup(options.clock)
  }

  get logCursors(): readonly LogCursor[] {
    return this.#logCursors
  }

  addLog(logCursor: LogCursor): void {
    this.#logCursors = [...this.#logCursors, logCursor]
    this.#wakeup.wake()
  }

  /** Stops reading that log. Its unacknowledged events belong to another process now. */
  async removeLog(log: LogWriter): Promise<void> {
    const logCursor = this.#logCursors.find((candidate) => candidate.log === log)
    if (!logCursor) return
    this.#logCursors = this.#logCursors.filter((candidate) => candidate !== logCursor)
    this.#window = this.#window.filter((given) => given.logCursor !== logCursor)
    this.#windowBytes = this.#window.reduce((sum, given) => sum + given.byteLength, 0)
    this.#options.onUnwanted(logCursor.pending)
    await logCursor.close()
  }

  offer(log: LogWriter, records: readonly StoredRecord[]): void {
    for (const logCursor of this.#logCursors) if (logCursor.log === log && logCursor.offer(records)) this.#wakeup.wake()
  }

  async next(limits: BatchLimits, signal: AbortSignal): Promise<Batch> {
    for (;;) {
      if (this.#isClosed) throw cursorClosed()
      signal.throwIfAborted()
      this.#wakeup.reset()
      const isFilled = await this.#fill(limits)
      const waitMs = Math.min(this.#waitFor(limits), isFilled ? Infinity : READ_RETRY_MS)
      if (this.#window.length > 0 && waitMs <= 0) return createBatch(recordsWithin(this.#window, 0, limits))
      await this.#wakeup.wait(waitMs, signal)
    }
  }

  async acknowledge(end: number): Promise<void> {
    const ends = new Map<LogCursor, number>()
    let count = 0
    for (; count < this.#window.length && this.#window[count]!.end <= end; count++) {
      const { logCursor, record, byteLength } = this.#window[count]!
      ends.set(logCursor, record.end)
      this.#windowBytes -= byteLength
    }
    this.#window = this.#window.slice(count)
    await Promise.all(Array.from(ends, ([logCursor, sequence]) => logCursor.acknowledge(sequence)))
    this.#options.onMoved()
  }

  pending(): number {
    return this.#logCursors.reduce((sum, logCursor) => sum + logCursor.pending, 0)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#wakeup.wake()
    await Promise.all(this.#logCursors.map((logCursor) => logCursor.close()))
    this.#options.onClosed()
  }

  /** Takes from the logs in turn, so that none waits for another's backlog. False if one of them could not be read. */
  async #fill({ maxEvents, maxBytes }: BatchLimits): Promise<boolean> {
    const logCursors = this.#logCursors
    let isFilled = true
    for (let index = 0; index < logCursors.length; index++) {
      if (this.#window.length >= maxEvents || this.#windowBytes >= maxBytes) break
      const logCursor = logCursors[(this.#turn + index) % logCursors.length]!
      const records = await logCursor
        .take(maxEvents - this.#window.length, maxBytes - this.#windowBytes)
        .catch((error: unknown) => {
          this.#options.onReadError(error)
          isFilled = false
          return []
        })
      if (!this.#logCursors.includes(logCursor)) continue
      for (const record of records) {
        this.#window.push({ line: record.line, byteLength: record.byteLength, end: ++this.#given, record, logCursor })
        this.#windowBytes += record.byteLength
      }
    }
    this.#turn++
    return isFilled
  }

  /** Time until a batch is due: 0 for now, Infinity if the window is empty. */
  #waitFor({ maxEvents, maxBytes, maxAgeMs }: BatchLimits): number {
    if (this.#window.length === 0) return Infinity
    if (this.#window.length >= maxEvents || this.#windowBytes >= maxBytes) return 0
    const oldest = this.#window.reduce((at, { record }) => Math.min(at, record.at), Infinity)
    return oldest + maxAgeMs - this.#options.clock.monotonic()
  }
}
