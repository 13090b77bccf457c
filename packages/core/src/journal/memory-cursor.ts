import type { Clock } from '../clock.ts'
import { createBatch, recordsWithin, type Batch, type BatchLimits, type JournalRecord } from '../event/batch.ts'
import type { EventHeader } from '../event/event.ts'
import type { Cursor } from './cursors.ts'
import { Wakeup } from './wakeup.ts'
import { cursorClosed } from './journal-errors.ts'

/** A record, with the fields that cursors filter on. */
export interface HeldRecord extends JournalRecord, EventHeader {
  /** Monotonic time at which it was appended. */
  readonly at: number
}

export interface MemoryCursorEvents {
  readonly onMoved: () => void
  readonly onClosed: (offset: number) => void
}

/** A cursor of the memory journal: keeps the wanted records that it has not acknowledged, and drops the others at once. */
export class MemoryCursor implements Cursor {
  readonly #wants: (event: EventHeader) => boolean
  readonly #clock: Clock
  readonly #events: MemoryCursorEvents
  #wanted: HeldRecord[] = []
  #head = 0
  /** The offset after the newest record that it was offered or has acknowledged. */
  #end = 0
  #isClosed = false
  readonly #wakeup: Wakeup

  constructor(wants: (event: EventHeader) => boolean, clock: Clock, events: MemoryCursorEvents) {
    this.#wants = wants
    this.#clock = clock
    this.#events = events
    this.#wakeup = new Wakeup(clock)
  }

  /** The sequence of the oldest record it still needs, or nothing. */
  get offset(): number | undefined {
    const oldest = this.#wanted[this.#head]
    return oldest && oldest.end - 1
  }

  /** Adds new records, in order. The journal calls it for every cursor. */
  offer(records: readonly HeldRecord[], end = 0): void {
    const before = this.pending()
    for (const record of records) if (this.#wants(record)) this.#wanted.push(record)
    this.#end = Math.max(this.#end, end, records.at(-1)?.end ?? 0)
    if (this.pending() > before) this.#wakeup.wake()
  }

  async next(limits: BatchLimits, signal: AbortSignal): Promise<Batch> {
    for (;;) {
      if (this.#isClosed) throw cursorClosed()
      signal.throwIfAborted()
      this.#wakeup.reset()
      const waitMs = this.#waitFor(limits)
      if (waitMs <= 0) return createBatch(recordsWithin(this.#wanted, this.#head, limits))
      await this.#wakeup.wait(waitMs, signal)
    }
  }

  async acknowledge(end: number): Promise<void> {
    while (this.#head < this.#wanted.length && this.#wanted[this.#head]!.end <= end) this.#head++
    this.#end = Math.max(this.#end, end)
    if (this.#head > 1_024 && this.#head * 2 > this.#wanted.length) {
      this.#wanted = this.#wanted.slice(this.#head)
      this.#head = 0
    }
    this.#events.onMoved()
  }

  pending(): number {
    return this.#wanted.length - this.#head
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#wakeup.wake()
    this.#events.onClosed(this.offset ?? this.#end)
  }

  /** Milliseconds until a batch is due: 0 now, Infinity when nothing waits. */
  #waitFor(limits: BatchLimits): number {
    const oldest = this.#wanted[this.#head]
    if (!oldest) return Infinity
    if (this.pending() >= limits.maxEvents || this.#fills(limits.maxBytes)) return 0
    return oldest.at + limits.maxAgeMs - this.#clock.monotonic()
  }

  #fills(maxBytes: number): boolean {
    let bytes = 0
    for (let index = this.#head; index < this.#wanted.length && bytes < maxBytes; index++)
      bytes += this.#wanted[index]!.byteLength
    return bytes >= maxBytes
  }
}
