import type { Clock } from '../clock.ts'
import type { Batch, BatchLimits } from '../event/batch.ts'
import type { EventHeader } from '../event/event.ts'
import type { DeadLetterStore } from './dead-letter-store.ts'

/** Named cursors over one or many logs: what delivery reads. A journal has them, and so can a directory of logs or a topic. */
export interface Cursors {
  /**
   * Makes the logs readable. Called once, before anything else; rejects with the reason and the solutions. Called again after a
   * rejection.
   */
  open(options: CursorsOpenOptions): Promise<void>
  /**
   * Opens the only cursor of that name, where it last acknowledged, or at `from` if it is new. Rejects with `AUDIT_CURSOR_TAKEN`
   * if it is open already.
   */
  cursor(name: string, options: CursorOptions): Promise<Cursor>
  status(): CursorsStatus
  /** Keeps refused events with these logs. Left out: they keep none. */
  readonly deadLetters?: DeadLetterStore
  /** Releases the logs. Waiting cursors reject. Safe to call twice. */
  close(): Promise<void>
}

export interface CursorsOpenOptions {
  readonly clock: Clock
  /** Warns an operator, at most once per cause and minute. */
  readonly warn: (cause: string, message: string) => void
}

export interface CursorOptions {
  readonly wants: (event: EventHeader) => boolean
  readonly from: 'now' | 'oldest'
  /** Limit of the log that may wait for this cursor; beyond it, the oldest events are skipped and reported. Default: no limit. */
  readonly maxLagBytes?: number
  /** Called when events that `pending()` had counted turned out to be unwanted. */
  readonly onUnwanted?: (count: number) => void
  /** Called when events that `pending()` had counted will not be delivered; the journal has recorded that. */
  readonly onLost?: (count: number) => void
}

export interface Cursor {
  /**
   * Returns the oldest unacknowledged wanted events, leaving them in the log: when `maxEvents` or `maxBytes` is reached, or
   * the oldest has waited `maxAgeMs`. Another call returns the same events or more. Always at least one event, however large.
   * Skips unwanted events by itself; they never delay trimming. Rejects when `signal` aborts or the journal closes.
   */
  next(limits: BatchLimits, signal: AbortSignal): Promise<Batch>
  /**
   * Moves the cursor to `end` (a batch's, or an offset inside it). Called only once everything before it is delivered or
   * dead-lettered.
   */
  acknowledge(end: number): Promise<void>
  /** Number of wanted events that are not acknowledged. Those of an earlier process count as wanted until they are read. */
  pending(): number
  /** Frees the name. The offset is kept as durably as the journal keeps anything. */
  close(): Promise<void>
}

export interface CursorsStatus {
  /** Only a journal is `full`. */
  readonly state: 'opening' | 'open' | 'full' | 'unavailable' | 'closed'
  /**
   * The lifetime of an acknowledged event: that of the process; until the machine stops; through a power failure; through the
   * loss of a machine.
   */
  readonly durability: 'process' | 'machine' | 'disk' | 'replicated'
  /** Problems for an operator, one sentence each. */
  readonly problems?: readonly string[]
  /** Cursors whose offset is kept although they are not open. */
  readonly detached?: readonly string[]
}
