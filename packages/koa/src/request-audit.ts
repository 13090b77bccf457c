import type { Audit } from '@audit/core'

/** Runs a callback in the context of a request, from any context. */
export type Within = <T>(callback: () => T) => T

/** Members of an audit that read the asynchronous context. */
const CONTEXTUAL = ['record', 'denied', 'attempt', 'begin', 'run', 'snapshot', 'annotate'] as const

const WITHIN: unique symbol = Symbol('@audit/koa.within')

/**
 * Creates `ctx.audit` for each request. It records with the request also from a callback that Node runs without a context or in
 * another one, such as `req.on('end')` or the `close` of a parser.
 */
export function requestAudits(audit: Audit): (within: Within) => Audit {
  const shared = Object.create(audit) as object
  for (const name of CONTEXTUAL) {
    const call = audit[name] as (...args: unknown[]) => unknown
    Object.defineProperty(shared, name, {
      enumerable: true,
      get(this: { readonly [WITHIN]: Within }) {
        const within = this[WITHIN]
        return (...args: unknown[]) => within(() => call(...args))
      },
    })
  }
  // A constructor gives all of them one shape; `Object.create()` with a property is many times slower.
  function RequestAudit(this: { [WITHIN]: Within }, within: Within) {
    this[WITHIN] = within
  }
  RequestAudit.prototype = shared
  const construct = RequestAudit as unknown as new (within: Within) => Audit
  return (within) => new construct(within)
}
