import type { Actor, Audit, AuditContext, RequestInfo } from '@audit/core'
import { type Trace, actorAt, actorOfRequest, ask, requestId, traceOf, type NamedActor } from '@audit/core/adapter'
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

/** The actor and the request. These are functions, called when an event is recorded: a request without an event costs nothing. */
export class RequestContext implements AuditContext {
  /** Set once it is known. */
  pattern: string | undefined
  readonly #audit: Audit
  readonly #options: RequestOptions
  readonly #ctx: Context
  readonly #socketIp: string | undefined
  #actorAtBegin: Actor | undefined
  /** The method by which the route was found; a handler may change it. */
  #methodAtBegin: string | undefined
  #id: string | undefined
  #trace: Trace | undefined

  constructor(audit: Audit, options: RequestOptions, ctx: Context) {
    this.#audit = audit
    this.#options = options
    this.#ctx = ctx
    // A socket keeps its address only if it was read while the socket was connected.
    this.#socketIp = ctx.req.socket.remoteAddress
  }

  /** Notes the method and the signed-in user when the first route begins, because the route may sign the user out. */
  begin(): void {
    this.#actorAtBegin ??= this.#currentActor()
    this.#methodAtBegin ??= this.#ctx.method
  }

  /** True if no caller was signed in then. */
  get wasAnonymous(): boolean {
    return this.#actorAtBegin?.id === undefined
  }

  readonly actor = (): Actor => actorOfRequest(this.#actorAtBegin, this.#currentActor())

  readonly tenant = (): string | undefined => this.#options.tenant?.(this.#ctx)

  readonly request = (): RequestInfo => {
    const { ip } = this.#ctx
    const userAgent = this.#options.userAgent ? this.#ctx.get('user-agent') : ''
    const method = this.#methodAtBegin ?? this.#ctx.method
    this.#id ??= requestId(this.#givenId())
    return {
      id: this.#id,
      method,
      ...(this.pattern !== undefined && { route: this.pattern }),
      ...(ip && { ip }),
      ...(this.#socketIp !== undefined && this.#socketIp !== ip && { socketIp: this.#socketIp }),
      ...(userAgent !== '' && { userAgent }),
    }
  }

  readonly trace = (): Trace | undefined => (this.#trace ??= traceOf(this.#ctx.get('traceparent')))

  #currentActor(): Actor {
    const { actor = (ctx: Context) => ctx.state['user'] as Actor | undefined } = this.#options
    return actorAt(this.#audit, this.#ctx.ip, () => actor(this.#ctx))
  }

  #givenId(): unknown {
    const { requestId: given } = this.#options
    return given ? ask(this.#audit, 'the request id', () => given(this.#ctx)) : this.#ctx.get('x-request-id')
  }
}
