import type { AnyCatalog, Audit } from '@audit/core'
import { internalsOf } from '@audit/core/adapter'
import type { Middleware } from 'koa'
import { createAuditMiddleware, type AuditMiddlewareOptions } from './audit-middleware.ts'
import { createAudited, type Audited } from './audited.ts'

declare module 'koa' {
  interface DefaultContext {
    /** The audit, available behind `auditMiddleware`. */
    audit: Audit
  }
}

/** The two middlewares of one audit: `auditMiddleware` for the application, `audited` for its routes. */
export interface KoaAudit<C> {
  /**
   * Gives each event its actor and request, and records the outcome of audited routes. Use it before all other middleware, so that
   * it sees every refusal and error. Throws `AUDIT_INVALID_OPTIONS` for an unknown option, or for a router that is not of `@koa/router`.
   */
  readonly auditMiddleware: (options: AuditMiddlewareOptions) => Middleware
  readonly audited: Audited<C>
}

/** Creates the middleware for a given audit. The application must close the audit itself. */
export function koaAudit<C extends AnyCatalog>(audit: Audit<C>): KoaAudit<C> {
  // The marks of routes name their events at run time.
  const anyAudit = audit as unknown as Audit
  const key = keyOf(audit)
  return {
    auditMiddleware: (options) => createAuditMiddleware(anyAudit, key, options),
    audited: createAudited(audit, key),
  }
}

/** The member of a context that holds its request: one per audit, because an application may have two audits. */
const keys = new WeakMap<object, symbol>()

function keyOf(audit: object): symbol {
  const owner = internalsOf(audit)
  const key = keys.get(owner) ?? Symbol('@audit/koa.request')
  keys.set(owner, key)
  return key
}
