import type { AnyCatalog, Audit } from '@audit/core'
import { internalsOf } from '@audit/core/adapter'
import type { Middleware } from 'koa'
import { createAuditMiddleware, type AuditMiddlewareOptions } from './audit-middleware.ts'
import { createAudited, type Audited } from './audited.ts'

declare module 'koa' {
  interface DefaultContext {
    /** The audit trail of this application, where `auditMiddleware` runs. */
    audit: Audit
  }
}

/** The two middlewares of one audit: `auditMiddleware` for the application, `audited` for its routes. */
export interface KoaAudit<C> {
  /**
   * Knows who acts through which request, and records the outcome of audited routes. Use it first, so that it sees every refusal
   * and error. Throws `AUDIT_INVALID_OPTIONS` for an unknown option, and for a router that is not a router of `@koa/router`.
   */
  readonly auditMiddleware: (options: AuditMiddlewareOptions) => Middleware
  readonly audited: Audited<C>
}

/** Audits a Koa application with an audit made elsewhere; the audit is not closed with the application. */
export function koaAudit<C extends AnyCatalog>(audit: Audit<C>): KoaAudit<C> {
  // Requests name their events at run time, by the marks of their routes.
  const anyAudit = audit as unknown as Audit
  const key = keyOf(audit)
  return {
    auditMiddleware: (options) => createAuditMiddleware(anyAudit, key, options),
    audited: createAudited(audit, key),
  }
}

/** Where a context keeps its request: for each audit another place, since an application may have two. */
const keys = new WeakMap<object, symbol>()

function keyOf(audit: object): symbol {
  const owner = internalsOf(audit)
  const key = keys.get(owner) ?? Symbol('@audit/koa.request')
  keys.set(owner, key)
  return key
}
