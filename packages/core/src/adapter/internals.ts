import { AuditError } from '../errors.ts'
import type { AnyCatalog } from '../event/catalog.ts'
import type { Reporter } from '../logger.ts'

/** Members of a context that adapters compare or replace. */
export interface AdapterContext {
  readonly actor?: unknown
  readonly request?: unknown
  readonly event?: unknown
}

/** The part of an audit that only adapters see. */
export interface AuditInternals {
  readonly service: string
  /** The context of the caller. */
  readonly context: () => AdapterContext
  /**
   * Runs `callback` in that context only, without the surrounding one: a queue or a lock may run a handler in the context of
   * another request. Take the context from `context()` while it is right.
   */
  readonly enter: <T>(context: AdapterContext, callback: () => T) => T
  readonly catalog: AnyCatalog
  readonly reporter: Reporter
  /** Waits for a promise up to the audit's `maxWaitMs`: false if it is still pending then. Rejects as it does. */
  readonly isDoneInTime: (promise: Promise<unknown>) => Promise<boolean>
  /** Called by `close()` before it takes no more events: each settles a request that is still open. Remove a settled one. */
  readonly openRequests: Set<() => void>
}

/**
 * A registered symbol, so that an adapter finds it on an audit of another copy of this package; enumerable, so that spreads copy
 * it.
 */
export const internals: unique symbol = Symbol.for('@audit/core.internals')

export function internalsOf(audit: object): AuditInternals {
  const found = (audit as { readonly [internals]?: AuditInternals })[internals]
  if (found) return found
  throw new AuditError(
    'AUDIT_INVALID_OPTIONS',
    'audit: this object was not created by createAudit(), or by an incompatible version of @audit/core.',
  )
}
