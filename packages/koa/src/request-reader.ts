import type { NamedActor, RequestReader } from '@audit/core/adapter'
import type { Context } from 'koa'

/** How requests of a Koa application are recorded. */
export interface RequestOptions {
  /**
   * Returns the actor of a request. Called when an operation begins and when its event is recorded, so authentication may come later,
   * and the event of a logout still has its user. Return `undefined` if no one is signed in. Default: id, name and email of `ctx.state.user`.
   * `ip` is added from `ctx.ip`.
   */
  readonly actor?: (ctx: Context) => NamedActor | null | undefined
  /** Default: the `x-request-id` header. If it is not printable, or longer than 128 characters, a random UUID. */
  readonly requestId?: (ctx: Context) => string
  /** Records the `user-agent` header in `request`. Default false: it can help to identify a person, and the client chooses it. */
  readonly userAgent?: boolean
  /** Called when an event is recorded. */
  readonly tenant?: (ctx: Context) => string | undefined
}

/** Returns how core reads the requests of an application. */
export function requestReader({ actor, requestId, tenant, userAgent = false }: RequestOptions): RequestReader<Context> {
  return {
    method: (ctx) => ctx.method,
    ip: (ctx) => ctx.ip,
    socketIp: (ctx) => ctx.req.socket.remoteAddress,
    header: (ctx, name) => ctx.get(name) || undefined,
    actor: actor ?? ((ctx) => ctx.state['user'] as unknown),
    tenant,
    requestId,
    userAgent,
  }
}
