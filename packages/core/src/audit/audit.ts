// Without this line, programs whose settings name no types of Node lack `AsyncDisposable`. `preserve` keeps it in the
// declarations.
/// <reference lib="esnext.disposable" preserve="true" />
import type { AuditInternals, internals } from '../adapter/internals.ts'
import type { AuditContext } from '../capture/context.ts'
import type { Annotation, OpenEvent } from '../capture/open-event.ts'
import type { AuditSnapshot } from '../capture/snapshot.ts'
import type { BeginOptions, DeniedOptions, RecordOptions } from '../capture/recorder.ts'
import type { AnyCatalog, EventName, PayloadInput } from '../event/catalog.ts'
import type { AuditEvent, Receipt } from '../event/event.ts'
import type { AuditHealth, AuditStats } from './status.ts'
import type { DeadLetters } from './dead-letters-api.ts'
import type { HeldLines } from '../journal/held.ts'
import type { RunningSinks } from './sinks-api.ts'

/** For `declare module '@audit/core' { interface Register { events: typeof events } }`: names the one catalog of a program. */
export interface Register {}
export type RegisteredCatalog = Register extends { readonly events: infer C } ? C : AnyCatalog

export interface TimeoutOptions {
  readonly timeoutMs?: number
}

/** The audit trail of a service. Functions are properties, so that a small catalog's audit does not pass for a larger one's. */
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
   * Records that an operation was requested and denied. Never rejects because of the journal. Inside an open event of the same
   * name it settles that event.
   */
  readonly denied: <const N extends EventName<C>>(name: N, options?: DeniedOptions) => Promise<Receipt>
  /**
   * Writes `attempted`, runs `operation` with the event open, then writes success, failure or (error status 401, 403) denied.
   * Resolves or rejects as `operation` does. With `failMode: 'closed'` it rejects before `operation` runs if the attempt cannot
   * be journaled.
   */
  readonly attempt: <const N extends EventName<C>, T>(
    name: N,
    payload: PayloadInput<C, N>,
    operation: (event: OpenEvent<PayloadInput<C, N>>) => T | Promise<T>,
    options?: BeginOptions,
  ) => Promise<T>
  /** The manual form of `attempt`: writes `attempted` and resolves with the open event. The payload may be partial. */
  readonly begin: <const N extends EventName<C>>(
    name: N,
    known?: Partial<PayloadInput<C, N>> | null,
    options?: BeginOptions,
  ) => Promise<OpenEvent<PayloadInput<C, N>>>
  /** Runs `callback` in a context that merges over the outer one, and returns what it returns. */
  readonly run: <T>(context: AuditContext, callback: () => T) => T
  /** Returns this context as plain JSON of at most 2 KiB, to send with a job through a queue; its functions are called now. */
  readonly snapshot: () => AuditSnapshot
  /**
   * Runs `callback` in the context of a snapshot, without the surrounding context. Its events have `metadata.restored`, because
   * the actor comes from the queue. If the value is not a snapshot, a warning is logged and the actor is recorded as unknown.
   */
  readonly restore: <T>(snapshot: unknown, callback: () => T) => T
  /** Adds to the event that is open in this context. Without an open event it logs a warning and changes nothing. */
  readonly annotate: (annotation: Annotation) => void

  /**
   * Resolves when the journal is open and every sink has its offset in it; rejects with the reason if not. Recording need not
   * wait for it.
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
  /** Events that a sink refused for good, to inspect, send again or remove. */
  readonly deadLetters: DeadLetters
  /** Lines that a start could not authenticate. They are delivered once a person releases them. */
  readonly held: HeldLines
  /** Reports whether the trail keeps its promises, as plain JSON. */
  readonly health: () => AuditHealth
  /** Counts what became of every event, as plain JSON. The counts always add up. */
  readonly stats: () => AuditStats
  /**
   * Accepts no more events, journals the waiting ones, delivers what it can within `timeoutMs` (5,000), closes the sinks and the
   * journal. Never rejects; undelivered events are reported and counted. A second call returns the same promise.
   */
  readonly close: (options?: TimeoutOptions) => Promise<void>
  /** For adapters of frameworks. */
  readonly [internals]: AuditInternals
}

export type { AuditEvent }
