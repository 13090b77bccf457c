import { AuditError, type EventName, type FailMode, type PayloadInput } from '@audit/core'
import { checkName, checkOptions, internalsOf, markRules } from '@audit/core/adapter'
import type { Context, Next } from 'koa'
import type { AuditedRequest } from './audited-request.ts'
import { setMark, type EventMark, type MarkOptions } from './route-mark.ts'

/** Koa's context in a route, with the members that routers and body parsers add. */
export type RouteContext = Context & {
  params: Record<string, string>
  request: Context['request'] & { body?: Readonly<Record<string, unknown>> }
}

export interface AuditedOptions<P> {
  /** Called when the route has finished. Default: the annotated payload, else the response body. */
  readonly payload?: (ctx: RouteContext) => P | Promise<P>
  /** Returns the state before the operation, for `changes`. Called before the route runs. */
  readonly before?: (ctx: RouteContext) => unknown
  /**
   * Returns the id of the target, or `{ type, id, name }`. Ids are converted to strings. Called before the route runs, also if the
   * request was refused before it.
   */
  readonly target?: (ctx: RouteContext) => unknown
  /** Overrides the fail mode of the event. `closed`: the route runs only once the attempt is durable; otherwise 503. */
  readonly failMode?: FailMode
}

/** Creates middleware that records the outcome of its route: `router.post('/flags', audited('flag:created', (ctx) => …), handler)`. */
export type Audited<C> = <const N extends EventName<C>>(
  name: N,
  payload?: ((ctx: RouteContext) => PayloadInput<C, N> | Promise<PayloadInput<C, N>>) | AuditedOptions<PayloadInput<C, N>>,
) => (ctx: any, next: Next) => Promise<void>

/** Throws `AUDIT_UNKNOWN_EVENT` if the audit has no event of that name. */
export function createAudited<C>(audit: object, key: symbol): Audited<C> {
  return (name, given) => {
    checkName(audit, name, 'audited()')
    const options = typeof given === 'function' ? { payload: given } : given
    if (options !== undefined) checkOptions(`audited('${name}')`, options, markRules)
    return middlewareOf({ ...(options as MarkOptions), name }, audit, key)
  }
}

function middlewareOf(mark: EventMark, audit: object, key: symbol): (ctx: any, next: Next) => Promise<void> {
  const audited = async (ctx: RouteContext, next: Next) => {
    await requestOf(ctx, mark.name, key).open(mark, ctx, next)
  }
  setMark(audited, mark, internalsOf(audit))
  return audited
}

function requestOf(ctx: object, name: string, key: symbol): AuditedRequest {
  const request = (ctx as { readonly [key: symbol]: unknown })[key] as AuditedRequest | undefined
  if (request) return request
  throw new AuditError(
    'AUDIT_INVALID_OPTIONS',
    `'${name}' cannot be audited: app.use(auditMiddleware()) must come before the router.`,
  )
}

/** Creates route middleware that exempts the route. The coverage report shows the reason. */
export function notAudited(reason: string): (ctx: any, next: Next) => Promise<unknown> {
  if (typeof reason !== 'string' || reason.trim() === '') {
    throw new AuditError('AUDIT_INVALID_OPTIONS', 'notAudited() has no reason. Give the reason as text.')
  }
  const exempted = (_: Context, next: Next) => next()
  setMark(exempted, { exempt: reason })
  return exempted
}
