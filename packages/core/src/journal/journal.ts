import type { SystemAction } from '../event/event-pattern.ts'
import type { EncodedEvent } from '../event/event.ts'
import type { Cursors, CursorsOpenOptions, CursorsStatus } from './cursors.ts'
import type { Seal } from './seal.ts'

/**
 * An append-only log of events with named cursors: the queue of delivery and the audit log in one. A journal may also be
 * `Sealable`, `Forgettable`, or one that `AppendsSynchronously`; an audit checks that once, before it opens it.
 */
export interface Journal extends Cursors {
  /** As `Cursors` promise, and makes the log ready for events. Called by the audit, with what a journal needs in addition. */
  open(options: JournalOpenOptions): Promise<void>
  /**
   * Resolves once every event is held as durably as this journal promises; otherwise rejects, holding none of them:
   * `AUDIT_JOURNAL_FULL`, `AUDIT_JOURNAL_UNAVAILABLE` or `AUDIT_CLOSED`. Never drops, never reorders. One call at a time.
   */
  append(events: readonly EncodedEvent[]): Promise<void>
  status(): JournalStatus
}

export interface JournalOpenOptions extends CursorsOpenOptions {
  /** First part of the log's `source`. */
  readonly service: string
  /** Makes an event that the journal records itself. */
  readonly systemEvent: (action: SystemAction, payload: unknown) => EncodedEvent
  /** Called when the journal holds events that it recorded itself. */
  readonly onSystemEvents: (systemEvents: readonly EncodedEvent[]) => void
  /** Carries out a command that another process sent through the journal; rejects an unknown one. */
  readonly execute: (command: unknown, owner: string) => Promise<unknown>
  /** Signs the events of the journal. Left out: it is not sealed. A journal that is not `Sealable` ignores it. */
  readonly seal?: Seal
}

export interface JournalStatus extends CursorsStatus {
  /** `<service>/<instance>/<log id>`, once open. */
  readonly source?: string
  /** The offset after the last event. */
  readonly end: number
  readonly events: number
  readonly bytes: number
  readonly maxBytes: number
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
