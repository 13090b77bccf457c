import type { Audit } from '@audit/core'

/** Runs a callback in the context of a request, wherever it is called from. */
export type Within = <T>(callback: () => T) => T

/** Members of an audit that read the context of their call. */
const CONTEXTUAL = ['record', 'denied', 'attempt', 'begin', 'run', 'snapshot', 'annotate'] as const

const WITHIN: unique symbol = Symbol('@audit/koa.within')

/**
 * The audit as `ctx.audit`. It knows its request also in a callback that Node runs without a context or in another one, such as
 * `req.on('end')` or the `close` of a parser.
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
  return (within) => Object.create(shared, { [WITHIN]: { value: within } }) as Audit
}
