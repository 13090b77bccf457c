import { AuditError, type EventName, type FailMode, type PayloadInput } from '@audit/core'
import { checkName, checkOptions, internalsOf, markRules } from '@audit/core/adapter'
import type { Context, Next } from 'koa'
import type { AuditedRequest } from './audited-request.ts'
import { setMark, type EventMark, type MarkOptions } from './route-mark.ts'

/** The context of a route: Koa's, with what routers and body parsers add. */
export type RouteContext = Context & {
  params: Record<string, string>
  request: Context['request'] & { body?: Readonly<Record<string, unknown>> }
}

export interface AuditedOptions<P> {
  /** Asked when the route is done. Default: the annotated payload, else the response body. */
  readonly payload?: (ctx: RouteContext) => P | Promise<P>
  /** The state before the deed; asked before the route runs. Gives `changes`. */
  readonly before?: (ctx: RouteContext) => unknown
  /**
   * The id of the thing acted upon, or `{ type, id, name }`. Ids are read as text. Called before the route runs, and when the request
   * was refused before it.
   */
  readonly target?: (ctx: RouteContext) => unknown
  /** Instead of the event's own. `closed`: the route runs only once the attempt is durable; otherwise 503. */
  readonly failMode?: FailMode
}

/** Route middleware that records what the route does: `router.post('/flags', audited('flag:created', (ctx) => …), handler)`. */
export type Audited<C> = <const N extends EventName<C>>(
  name: N,
  payload?: ((ctx: RouteContext) => PayloadInput<C, N> | Promise<PayloadInput<C, N>>) | AuditedOptions<PayloadInput<C, N>>,
) => (ctx: any, next: Next) => Promise<void>

/** Throws `AUDIT_UNKNOWN_EVENT` for a name that the audit has no event for. */
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
    `'${name}' is not audited: app.use(auditMiddleware()) must come before the router.`,
  )
}

/** Route middleware that does nothing but say why the route is not audited. */
export function notAudited(reason: string): (ctx: any, next: Next) => Promise<unknown> {
  if (typeof reason !== 'string' || reason.trim() === '') {
    throw new AuditError('AUDIT_INVALID_OPTIONS', 'notAudited() needs the reason in words.')
  }
  const exempted = (_: Context, next: Next) => next()
  setMark(exempted, { exempt: reason })
  return exempted
}
