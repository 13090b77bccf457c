import type { Clock } from '../clock.ts'
import type { Batch, BatchLimits } from '../event/batch.ts'
import type { FactAction } from '../event/event-pattern.ts'
import type { EncodedEvent, EventFacts } from '../event/event.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { HeldLines } from './held.ts'
import type { Seal } from './seal.ts'

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
  /** Where refused events are kept beside this log. Left out: a journal that has no place for them. */
  readonly deadLetters?: DeadLetters
  /**
   * Holds the events before it returns, whatever append is under way, and takes no more after that; throws if it cannot. For the
   * moment in which the process ends. Left out: a journal that ends with its process.
   */
  appendSync?(events: readonly EncodedEvent[]): void
  /**
   * Seals everything it holds, and says so in its last line. Resolves when that is done or cannot be; never rejects. Left out: a
   * journal that cannot be sealed.
   */
  seal?(): Promise<void>
  /** Lines that a start found and could not authenticate. Left out: a journal that is not sealed. */
  readonly held?: HeldLines
  /**
   * Compares each of these events, as a sink was given it, with the sealed log. Left out, or resolving with undefined: the journal
   * is not sealed, so there is nothing to compare them with.
   */
  compare?(lines: readonly string[]): Promise<readonly LineStanding[] | undefined>
  /** Drops the place of a reader that is not open, so that it begins anew. False if there is none of that name. */
  forget?(name: string): Promise<boolean>
  /** Releases the log. Waiting readers reject. Safe to call twice. */
  close(): Promise<void>
}

/**
 * `sealed`: a checkpoint of its log covers exactly this event. `changed`: it covers another one. `not-sealed`: no checkpoint
 * covers its place yet. `no-log`: its log is missing, or has no checkpoint that this process trusts.
 */
export type LineStanding = 'sealed' | 'changed' | 'not-sealed' | 'no-log'

export interface JournalOpenOptions {
  /** First part of the log's `source`. */
  readonly service: string
  readonly clock: Clock
  /** Makes an event of what the journal has to say itself. */
  readonly fact: (action: FactAction, payload: unknown) => EncodedEvent
  /** The journal holds these facts of its own. */
  readonly onFacts: (facts: readonly EncodedEvent[]) => void
  /** Carries out what another process asks of this audit through the journal; rejects what it does not know. */
  readonly execute: (command: unknown) => Promise<unknown>
  /** Signs what the journal holds. Left out: it is not sealed. A journal without `seal` leaves it alone. */
  readonly seal?: Seal
  /** Something an operator should know, told once a cause and minute. */
  readonly warn: (cause: string, message: string) => void
}

export interface CursorOptions {
  readonly wants: (event: EventFacts) => boolean
  readonly from: 'now' | 'oldest'
  /** How much of the log may wait for this reader; beyond that the oldest is passed over, and told. Default: everything. */
  readonly maxLagBytes?: number
  /** `pending()` counts so many more, of a log that was taken up. */
  readonly onFound?: (count: number) => void
  /** So many events that `pending()` had counted turned out not to be wanted. */
  readonly onUnwanted?: (count: number) => void
  /** So many events that `pending()` had counted will not be given; the journal has recorded that. */
  readonly onLost?: (count: number) => void
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
  /** How many wanted events are not acknowledged. Those of an earlier process count as wanted until they are read. */
  pending(): number
  /** Gives the name free. The place is kept as durably as the journal keeps anything. */
  close(): Promise<void>
}

export interface JournalStatus {
  readonly state: 'opening' | 'open' | 'full' | 'unavailable' | 'closed'
  /**
   * How long an acknowledged event lasts: as long as the process; as the machine runs; through a power failure; through the loss of
   * a machine.
   */
  readonly durability: 'process' | 'machine' | 'disk' | 'replicated'
  /** `<service>/<instance>/<log id>`, once open. */
  readonly source?: string
  /** The place after the last event. */
  readonly end: number
  readonly events: number
  readonly bytes: number
  readonly maxBytes: number
  /** What an operator should see to, one sentence each. */
  readonly problems?: readonly string[]
  /** Readers whose place is kept although nobody has opened them. */
  readonly detached?: readonly string[]
  /** Logs of other processes, gone, that are read to their end. */
  readonly adopted?: number
  /** Left out: it is not sealed. */
  readonly seal?: SealStatus
}

/** How far the log is sealed. */
export interface SealStatus {
  /** The size of the newest checkpoint: events from there on are not sealed yet. */
  readonly size: number
  /** Whose signatures checkpoints have, as `name+1a2b3c4d`. Empty: they are unsigned. */
  readonly keys: readonly string[]
}
