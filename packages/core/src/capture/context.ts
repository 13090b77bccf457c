import { AsyncLocalStorage } from 'node:async_hooks'
import type { Actor } from '../event/actor.ts'
import type { RequestInfo, Trace } from '../event/event.ts'
import type { OpenEvent } from './open-event.ts'

/** What `audit.run()` gives to everything recorded inside it. */
export interface AuditContext {
  /**
   * The one who acts, or a function that is asked when an event is recorded: a guard may know the user later than we know the
   * request.
   */
  readonly actor?: Actor | (() => Actor | undefined)
  /** Here and below, as for the actor, a function is asked when an event is recorded, so one that records nothing costs nothing. */
  readonly request?: RequestInfo | (() => RequestInfo | undefined)
  readonly trace?: Trace | (() => Trace | undefined)
  readonly tenant?: string | (() => string | undefined)
  readonly correlationId?: string
  /** The event that `annotate()` adds to and that `record()` of the same name settles. */
  readonly event?: OpenEvent
  /** It came with a snapshot. Given by `restore()` alone. */
  readonly restored?: true
}

const nothing: AuditContext = Object.freeze({})

/** Contexts of one audit. Each `run` merges over the one around it; a context is never changed once it is made. */
export interface ContextStorage {
  current(): AuditContext
  run<T>(context: AuditContext, callback: () => T): T
  /** Nothing of the context around it is kept. */
  replace<T>(context: AuditContext, callback: () => T): T
}

export function createContextStorage(): ContextStorage {
  const storage = new AsyncLocalStorage<AuditContext>()
  return {
    current: () => storage.getStore() ?? nothing,
    run(context, callback) {
      const outer = storage.getStore()
      return storage.run(Object.freeze(outer ? { ...outer, ...context } : { ...context }), callback)
    },
    replace: (context, callback) => storage.run(Object.freeze({ ...context }), callback),
  }
}
