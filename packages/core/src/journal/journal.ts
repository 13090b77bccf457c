import type { Clock } from '../clock.ts'
import type { Batch, BatchLimits } from '../event/batch.ts'
import type { SystemAction } from '../event/event-pattern.ts'
import type { EncodedEvent, EventHeader } from '../event/event.ts'
import type { DeadLetterStore } from './dead-letter-store.ts'
import type { HeldLines } from './held.ts'
import type { Seal } from './seal.ts'

/** An append-only log of events with named cursors: the queue of delivery and the audit log in one. */
export interface Journal {
  /**
   * Makes the log ready. Called once, by the audit, before anything else; rejects with the reason and the solutions. Called again
   * after a rejection.
   */
  open(options: JournalOpenOptions): Promise<void>
  /**
   * Resolves once every event is held as durably as this journal promises; otherwise rejects, holding none of them:
   * `AUDIT_JOURNAL_FULL`, `AUDIT_JOURNAL_UNAVAILABLE` or `AUDIT_CLOSED`. Never drops, never reorders. One call at a time.
   */
  append(events: readonly EncodedEvent[]): Promise<void>
  /**
   * Opens the only cursor of that name, where it last acknowledged, or at `from` if it is new. Rejects with `AUDIT_CURSOR_TAKEN`
   * if it is open already.
   */
  cursor(name: string, options: CursorOptions): Promise<Cursor>
  status(): JournalStatus
  /** Keeps refused events with this log. Left out: a journal without dead letters. */
  readonly deadLetters?: DeadLetterStore
  /**
   * Holds the events before it returns, even while an append is under way, and accepts no more after that; throws if it cannot.
   * For the moment in which the process ends. Left out: a journal that ends with its process.
   */
  appendSync?(events: readonly EncodedEvent[]): void
  /**
   * Seals everything it holds, and records that in its last line. Resolves when that is done or cannot be done; never rejects.
   * Left out: a journal that cannot be sealed.
   */
  seal?(): Promise<void>
  /** Lines that a start could not authenticate. Left out: a journal that is not sealed. */
  readonly held?: HeldLines
  /**
   * Compares each of these events, as a sink was given it, with the sealed log. Left out, or resolving with undefined: the
   * journal is not sealed, so there is nothing to compare them with.
   */
  compare?(lines: readonly string[]): Promise<readonly LineStanding[] | undefined>
  /**
   * Removes the offset of a cursor that is not open, so that it begins anew. Resolves with false if there is no cursor of that
   * name.
   */
  forget?(name: string): Promise<boolean>
  /** Releases the log. Waiting cursors reject. Safe to call twice. */
  close(): Promise<void>
}

/**
 * `sealed`: a checkpoint of its log covers exactly this event. `changed`: it covers another one. `not-sealed`: no checkpoint
 * covers its offset yet. `no-log`: its log is missing, or has no checkpoint that this process trusts.
 */
export type LineStanding = 'sealed' | 'changed' | 'not-sealed' | 'no-log'

export interface JournalOpenOptions {
  /** First part of the log's `source`. */
  readonly service: string
  readonly clock: Clock
  /** Makes an event that the journal records itself. */
  readonly systemEvent: (action: SystemAction, payload: unknown) => EncodedEvent
  /** Called when the journal holds events that it recorded itself. */
  readonly onSystemEvents: (systemEvents: readonly EncodedEvent[]) => void
  /** Carries out a command that another process sent through the journal; rejects an unknown one. */
  readonly execute: (command: unknown) => Promise<unknown>
  /** Signs the events of the journal. Left out: it is not sealed. A journal without `seal` ignores it. */
  readonly seal?: Seal
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
   * Returns the oldest unacknowledged wanted events, leaving them in the journal: when `maxEvents` or `maxBytes` is reached, or
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

export interface JournalStatus {
  readonly state: 'opening' | 'open' | 'full' | 'unavailable' | 'closed'
  /**
   * The lifetime of an acknowledged event: that of the process; until the machine stops; through a power failure; through the
   * loss of a machine.
   */
  readonly durability: 'process' | 'machine' | 'disk' | 'replicated'
  /** `<service>/<instance>/<log id>`, once open. */
  readonly source?: string
  /** The offset after the last event. */
  readonly end: number
  readonly events: number
  readonly bytes: number
  readonly maxBytes: number
  /** Problems for an operator, one sentence each. */
  readonly problems?: readonly string[]
  /** Cursors whose offset is kept although they are not open. */
  readonly detached?: readonly string[]
  /** Number of orphaned logs of other processes that are read to their end. */
  readonly orphanedLogs?: number
  /** Left out: it is not sealed. */
  readonly seal?: SealStatus
}

/** The sealed part of the log. */
export interface SealStatus {
  /** The size of the newest checkpoint: events from there on are not sealed yet. */
  readonly size: number
  /** The keys that sign checkpoints, as `name+1a2b3c4d`. Empty: they are unsigned. */
  readonly keys: readonly string[]
}
