import type { AuditInternals, internals } from './adapter/internals.ts'
import type { AuditContext } from './capture/context.ts'
import type { Annotation, OpenEvent } from './capture/open-event.ts'
import type { AuditSnapshot } from './capture/snapshot.ts'
import type { BeginOptions, DeniedOptions, RecordOptions } from './capture/recorder.ts'
import type { AnyCatalog, EventName, PayloadInput } from './event/catalog.ts'
import type { AuditEvent, Receipt } from './event/event.ts'
import type { AuditHealth, AuditStats } from './audit-status.ts'
import type { DeadLetterOffice } from './dead-letter-office.ts'
import type { HeldLines } from './journal/held.ts'
import type { RunningSinks } from './running-sinks.ts'

/** For `declare module '@audit/core' { interface Register { events: typeof events } }`: names the one catalog of a program. */
export interface Register {}
export type RegisteredCatalog = Register extends { readonly events: infer C } ? C : AnyCatalog

export interface TimeoutOptions {
  readonly timeoutMs?: number
}

/** The audit trail of a service. Functions as properties, so that the audit of a small catalog is not one of a larger. */
export interface Audit<in out C = RegisteredCatalog> extends AsyncDisposable {
  /**
   * Records that something happened. Resolves when the event is held, or (`failMode: 'open'`) when `maxWaitMs` is over. Rejects
   * with `AUDIT_UNKNOWN_EVENT`, `AUDIT_INVALID_EVENT` (strict), `AUDIT_ASYNC_SCHEMA`, `AUDIT_CLOSED` and, for `failMode:
   * 'closed'`, `AUDIT_QUEUE_FULL` or `AUDIT_NOT_CONFIRMED`. The rejection is handled already: `void audit.record(…)` cannot crash
   * the process. A payload its schema refuses is recorded with `invalid`. Inside an open event of the same name it settles that
   * one. A union of names takes the payload of any of them.
   */
  readonly record: <const N extends EventName<C>>(
    name: N,
    payload: PayloadInput<C, N>,
    options?: RecordOptions,
  ) => Promise<Receipt>
  /**
   * Records that it was asked for and refused. Never rejects for journal trouble. Inside an open event of the same name it settles
   * that one.
   */
  readonly denied: <const N extends EventName<C>>(name: N, options?: DeniedOptions) => Promise<Receipt>
  /**
   * Writes `attempted`, runs `deed` with the event open, then writes success, failure or (error status 401, 403) denied. Resolves
   * or rejects as `deed` does. With `failMode: 'closed'` it rejects before `deed` runs if the attempt cannot be journaled.
   */
  readonly attempt: <const N extends EventName<C>, T>(
    name: N,
    payload: PayloadInput<C, N>,
    deed: (event: OpenEvent<PayloadInput<C, N>>) => T | Promise<T>,
    options?: BeginOptions,
  ) => Promise<T>
  /**
   * The same by hand: writes `attempted` and resolves with the open event. What is known of the payload need not be all of it.
   */
  readonly begin: <const N extends EventName<C>>(
    name: N,
    known?: Partial<PayloadInput<C, N>> | null,
    options?: BeginOptions,
  ) => Promise<OpenEvent<PayloadInput<C, N>>>
  /** Runs `callback` in a context that merges over the outer one, and returns what it returns. */
  readonly run: <T>(context: AuditContext, callback: () => T) => T
  /** This context as plain JSON of at most 2 KiB, to go with a job through a queue; its functions are asked now. */
  readonly snapshot: () => AuditSnapshot
  /**
   * Runs `callback` in the context of a snapshot, and in nothing of the one around it. Its events have `metadata.restored`, since
   * who acted is what the queue says. What is no snapshot is reported, and the actor is unknown.
   */
  readonly restore: <T>(snapshot: unknown, callback: () => T) => T
  /** Adds to the event open in this context. Without one it is reported and changes nothing. */
  readonly annotate: (annotation: Annotation) => void

  /**
   * Resolves when the journal is open and every sink has its place in it; rejects with why not. Recording need not wait for it.
   */
  readonly ready: () => Promise<void>
  /** Resolves when everything recorded before the call is journaled. Rejects with `AUDIT_TIMEOUT`. */
  readonly synced: (options?: TimeoutOptions) => Promise<void>
  /**
   * Resolves when everything recorded before the call is delivered or dead-lettered. Rejects with `AUDIT_TIMEOUT`, naming the
   * sinks that lag.
   */
  readonly flush: (options?: TimeoutOptions) => Promise<void>
  /** Sinks added and removed while it runs. */
  readonly sinks: RunningSinks
  /** Events that a sink refused for good: to be looked at, sent again, or removed. */
  readonly deadLetters: DeadLetterOffice
  /** Lines that a start found and could not authenticate. They are delivered when a person releases them. */
  readonly held: HeldLines
  /** Whether the trail does what it promises, as plain JSON. */
  readonly health: () => AuditHealth
  /** What became of every event, as plain JSON. The books balance. */
  readonly stats: () => AuditStats
  /**
   * Takes no more events, journals what waits, delivers what can be within `timeoutMs` (5,000), closes the sinks and the journal.
   * Never rejects; what could not be delivered is reported and counted. Called again, the same promise.
   */
  readonly close: (options?: TimeoutOptions) => Promise<void>
  /** For adapters of frameworks. */
  readonly [internals]: AuditInternals
}

export type { AuditEvent }
