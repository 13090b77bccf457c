import { AsyncLocalStorage } from 'node:async_hooks'
import type { Actor } from '../event/actor.ts'
import type { RequestInfo, Trace } from '../event/event.ts'
import type { OpenEvent } from './open-event.ts'

/** Values that `audit.run()` gives to everything recorded inside it. */
export interface AuditContext {
  /** The actor, or a function that is called for each event: a guard may learn the user after the request has begun. */
  readonly actor?: Actor | (() => Actor | undefined)
  /** Here and below, a function is called only when an event is recorded, so a request without events costs nothing. */
  readonly request?: RequestInfo | (() => RequestInfo | undefined)
  readonly trace?: Trace | (() => Trace | undefined)
  readonly tenant?: string | (() => string | undefined)
  readonly correlationId?: string
  /** The event that `annotate()` adds to and that `record()` of the same name settles. */
  readonly event?: OpenEvent
  /** True if the context came from a snapshot. Set only by `restore()`. */
  readonly restored?: true
}

const nothing: AuditContext = Object.freeze({})

/** Contexts of one audit. Each `run` merges over the one around it; a context is never changed once it is made. */
export interface ContextStorage {
  current(): AuditContext
  run<T>(context: AuditContext, callback: () => T): T
  /** Runs the callback without the surrounding context. */
  replace<T>(context: AuditContext, callback: () => T): T
}

export function createContextStorage(): ContextStorage {
  const storage = new AsyncLocalStorage<AuditContext>()
  return {
    current: () => storage.getStore() ?? nothing,
    run(context, callback) {
      const outer = storage.getStore()
      return storage.run(outer ? Object.freeze({ ...outer, ...context }) : frozenCopy(context), callback)
    },
    replace: (context, callback) => storage.run(frozenCopy(context), callback),
  }
}

/** A context that is frozen already needs no copy. */
function frozenCopy(context: AuditContext): AuditContext {
  return Object.isFrozen(context) ? context : Object.freeze({ ...context })
}
