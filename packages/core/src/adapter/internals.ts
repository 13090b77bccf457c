import { AuditError } from '../errors.ts'
import type { AnyCatalog } from '../event/catalog.ts'
import type { Reporter } from '../logger.ts'

/** What an audit tells the adapters of frameworks, and nobody else. */
export interface AuditInternals {
  readonly service: string
  /** What surrounds the caller. */
  readonly context: () => { readonly actor?: unknown }
  readonly catalog: AnyCatalog
  readonly reporter: Reporter
}

/** Registered, so that an adapter finds it on an audit of another copy of this package, and enumerable, so that spreads keep it. */
export const internals: unique symbol = Symbol.for('@audit/core.internals')

export function internalsOf(audit: object): AuditInternals {
  const found = (audit as { readonly [internals]?: AuditInternals })[internals]
  if (found) return found
  throw new AuditError('AUDIT_INVALID_OPTIONS', 'audit: is none that createAudit() of this version of @audit/core made.')
}
