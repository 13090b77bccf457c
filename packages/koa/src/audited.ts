import type { Audit, EventName, PayloadInput, Target } from '@audit/core'
import type { Context, Next } from 'koa'
import { asked } from './asked.ts'
import { requestState } from './request-state.ts'
import { setMark, type RouteMark } from './route-mark.ts'

/** The context of a route: Koa's, with what routers and body parsers add. */
export type RouteContext = Context & { params: Record<string, string>; request: Context['request'] & { body?: any } }

export interface AuditedOptions<P> {
  /** Asked when the route is done. Default: the annotated payload, else the response body. */
  readonly payload?: (ctx: RouteContext) => P
  /** The state before the deed; asked before the route runs. Gives `changes`. */
  readonly before?: (ctx: RouteContext) => unknown
  /** Asked before the route runs, and when the request was refused before it. */
  readonly target?: (ctx: RouteContext) => Target | string | undefined
}

/** Route middleware that records what the route does: `router.post('/flags', audited('flag:created', (ctx) => …), handler)`. */
export type Audited<C> = <const N extends EventName<C>>(
  name: N,
  payload?: ((ctx: RouteContext) => PayloadInput<C, N>) | AuditedOptions<PayloadInput<C, N>>,
) => (ctx: any, next: Next) => Promise<void>

export function createAudited<C>(audit: Audit<C>): Audited<C> {
  return (name, given) => {
    const options = typeof given === 'function' ? { payload: given } : given
    const mark: RouteMark = { name, ...options }

    async function audited(ctx: RouteContext, next: Next): Promise<void> {
      const state = requestState(ctx)
      if (!state) throw new Error(`'${name}' is not audited: app.use(auditMiddleware()) must come before the router.`)
      state.request = { ...state.request, route: String(ctx['_matchedRoute'] ?? '') }
      await audit.run({ request: state.request }, async () => {
        const target = asked(() => mark.target?.(ctx))
        const before = await asked(async () => mark.before?.(ctx))?.catch(() => undefined)
        try {
          const known = { attempted: 'if-closed', before, ...(target !== undefined && { target }) } as const
          state.event = await audit.begin(name, null, known)
        } catch (error) {
          state.phase = 'refused'
          return ctx.throw(503, 'This cannot be done while it cannot be recorded.', { expose: true, cause: error })
        }
        Object.assign(state, { phase: 'open', mark })
        try {
          await audit.run({ event: state.event }, next)
        } catch (error) {
          state.error = error
          throw error
        }
      })
    }

    setMark(audited, mark)
    return audited
  }
}
