import type { Clock } from '../clock.ts'
import type { Batch } from '../event/batch.ts'
import type { EncodedEvent, EventFacts } from '../event/event.ts'

/** An append-only log of events with named readers: the queue of delivery and the audit log in one. */
export interface Journal {
  /**
   * Makes the log ready. Called once, by the audit, before anything else; rejects with the reason and the ways out. Called again
   * after a rejection.
   */
  open(options: JournalOpenOptions): Promise<void>
  /**
   * Resolves once every event is held as durably as this journal promises; otherwise rejects, holding none of them:
   * `AUDIT_JOURNAL_FULL`, `AUDIT_JOURNAL_UNAVAILABLE` or `AUDIT_CLOSED`. Never drops, never reorders. One call at a time.
   */
  append(events: readonly EncodedEvent[]): Promise<void>
  /**
   * The one reader of that name, where it last acknowledged, or at `from` if it is new. Rejects with `AUDIT_CURSOR_TAKEN` if it
   * is open already.
   */
  cursor(name: string, options: CursorOptions): Promise<Cursor>
  status(): JournalStatus
  /** Releases the log. Waiting readers reject. Safe to call twice. */
  close(): Promise<void>
}

export interface JournalOpenOptions {
  /** First part of the log's `source`. */
  readonly service: string
  readonly clock: Clock
}

export interface CursorOptions {
  readonly wants: (event: EventFacts) => boolean
  readonly from: 'now' | 'oldest'
}

export interface Cursor {
  /**
   * Returns the oldest unacknowledged wanted events, leaving them in the journal: when `maxEvents` or `maxBytes` is reached, or
   * the oldest has waited `maxAgeMs`. Called again, the same ones or more. Always at least one event, however large.
   * Unwanted ones are passed over by themselves and never hold up trimming. Rejects when `signal` aborts or the journal closes.
   */
  next(limits: BatchLimits, signal: AbortSignal): Promise<Batch>
  /**
   * Moves the cursor to `end` (a batch's, or a place inside it). Called only once everything before it is delivered or
   * dead-lettered.
   */
  acknowledge(end: number): Promise<void>
  /** How many wanted events are not acknowledged. */
  pending(): number
  /** Gives the name free. The place is kept as durably as the journal keeps anything. */
  close(): Promise<void>
}

/** When a batch is due. */
export interface BatchLimits {
  readonly maxEvents: number
  readonly maxBytes: number
  readonly maxAgeMs: number
}

export interface JournalStatus {
  readonly state: 'opening' | 'open' | 'full' | 'unavailable' | 'closed'
  /** What an acknowledged event survives. */
  readonly durability: 'process' | 'disk' | 'replicated'
  /** `<service>/<instance>/<log id>`, once open. */
  readonly source?: string
  /** The place after the last event. */
  readonly end: number
  readonly events: number
  readonly bytes: number
  readonly maxBytes: number
}
