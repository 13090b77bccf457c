import type { Actor, Audit, AuditContext, OpenEvent, RequestInfo, Trace } from '@audit/core'
import {
  actorAt,
  asAnswered,
  ask,
  askLater,
  isDenial,
  reasonOfStatus,
  requestId,
  takesPayload,
  traceOf,
} from '@audit/core/adapter'
import type { Context } from 'koa'
import type { EventMark } from './route-mark.ts'
import type { Routes } from './routes.ts'

/** How requests of a Koa application are recorded. */
export interface RequestOptions {
  /**
   * Who acts; asked when an event is recorded, so authentication may come later. Nobody: `undefined`. `ip` is added from
   * `ctx.ip`.
   */
  readonly actor?: (ctx: Context) => Actor | undefined
  /** Default: the `x-request-id` header. What is not printable, or longer than 128 characters, gives way to a random UUID. */
  readonly requestId?: (ctx: Context) => string
  /** Asked when an event is recorded, like the actor. */
  readonly tenant?: (ctx: Context) => string | undefined
}

/** How long a route may go on after its caller is gone, before the event says no more than that. */
const ROUTE_GRACE_MS = 30_000

/** `unopened`: no audited route ran. `opening`: its attempt is being recorded, or could not be. */
type Phase = 'unopened' | 'opening' | 'open'

/** One request, from the outermost middleware to its answer. */
export class AuditedRequest implements AuditContext {
  readonly #audit: Audit
  readonly #options: RequestOptions
  readonly #routes: Routes | undefined
  readonly #ctx: Context
  /** As it came; routers and mounts may rewrite it. */
  readonly #path: string
  readonly #socketIp: string | undefined
  #phase: Phase = 'unopened'
  #pattern: string | undefined
  #mark: EventMark | undefined
  #event: OpenEvent | undefined
  /** What was thrown, also if something between the route and us made an answer of it. */
  #thrown: { readonly error: unknown } | undefined
  /** As of when the route had returned. */
  #payload: { readonly value: unknown } | undefined
  #id: string | undefined
  #trace: Trace | undefined

  constructor(audit: Audit, options: RequestOptions, routes: Routes | undefined, ctx: Context) {
    this.#audit = audit
    this.#options = options
    this.#routes = routes
    this.#ctx = ctx
    this.#path = ctx.path
    // A socket remembers its address only if it was asked while it was connected.
    this.#socketIp = ctx.req.socket.remoteAddress
  }

  readonly actor = (): Actor => actorAt(this.#audit, this.#ctx.ip, () => this.#options.actor?.(this.#ctx))

  readonly tenant = (): string | undefined => this.#options.tenant?.(this.#ctx)

  readonly request = (): RequestInfo => {
    const { method, ip } = this.#ctx
    this.#id ??= requestId(this.#options.requestId ? this.#options.requestId(this.#ctx) : this.#ctx.get('x-request-id'))
    return {
      id: this.#id,
      method,
      ...(this.#pattern !== undefined && { route: this.#pattern }),
      ...(ip && { ip }),
      ...(this.#socketIp !== undefined && this.#socketIp !== ip && { socketIp: this.#socketIp }),
    }
  }

  readonly trace = (): Trace | undefined => (this.#trace ??= traceOf(this.#ctx.get('traceparent')))

  threw(error: unknown): void {
    this.#thrown = { error }
  }

  /** Runs the route with its event open. Throws 503 if the event must not go unrecorded and cannot be recorded. */
  async run(mark: EventMark, ctx: Context, next: () => Promise<unknown>): Promise<void> {
    // A second mark on the way, or a request that was dispatched twice.
    if (this.#phase !== 'unopened') return void (await next())
    this.#phase = 'opening'
    this.#mark = mark
    this.#pattern = this.#routes ? this.#routes.patternOf(ctx) : String(ctx['_matchedRoute'] ?? '')
    this.trace()
    const { name, failMode, before: askBefore } = mark
    const target = this.#targetOf(mark, ctx)
    const before = askBefore && (await askLater(this.#audit, `before of '${name}'`, () => askBefore(ctx)))
    const known = {
      ...(failMode && { failMode }),
      ...(before !== undefined && { before }),
      ...(target !== undefined && { target }),
    }
    try {
      this.#event = await this.#audit.begin(name, null, { attempted: 'if-closed', ...known })
    } catch (error) {
      return ctx.throw(503, 'This cannot be done while it cannot be recorded.', { expose: true, cause: error })
    }
    this.#phase = 'open'
    const watch = this.#watchCaller(this.#event)
    try {
      await this.#audit.run({ event: this.#event }, next)
      // Before those outside wrap the body.
      if (ctx.status < 400) this.#payload = { value: await this.#payloadOf(this.#event) }
    } catch (error) {
      this.threw(error)
      throw error
    } finally {
      ctx.res.off('close', watch)
    }
  }

  /** Whoever asked may leave, and the route never return. */
  #watchCaller(event: OpenEvent): () => void {
    const watch = () => {
      setTimeout(() => void this.#audit.run(this, () => event.fail(undefined, 'aborted')), ROUTE_GRACE_MS).unref()
    }
    this.#ctx.res.once('close', watch)
    return watch
  }

  /** Records what became of it, once everything inside has returned: now, or with a body that streams, when that has ended. */
  async end(): Promise<void> {
    if (this.#phase === 'unopened') return this.#endUnopened()
    if (this.#phase !== 'open') return
    const event = this.#event!
    const { res, body } = this.#ctx
    const isClosed = event.attempt !== undefined
    const isHijacked = this.#ctx.respond === false
    if (!this.#thrown && !res.closed && (isHijacked || (isStream(body) && !isClosed))) {
      res.once('close', () => {
        const status = isHijacked ? res.statusCode : this.#ctx.status
        this.#audit.run(this, () => void this.#settle(event, { status, isBroken: !res.writableFinished }))
      })
      return
    }
    const outcome = this.#settle(event, { status: this.#ctx.status, isBroken: res.closed && isStream(body) })
    // Only what must not go unrecorded keeps the answer waiting, and only within the audit's `maxWaitMs`.
    if (isClosed) await outcome
  }

  async #settle(event: OpenEvent, { status, isBroken }: { readonly status: number; readonly isBroken: boolean }): Promise<void> {
    if (event.settled) return
    if (this.#thrown) return void (await event.fail(asAnswered(this.#thrown.error, status)))
    if (isBroken) return void (await event.fail(undefined, 'aborted'))
    if (status >= 400) return void (await event.fail({ kind: 'HttpStatus', status }, reasonOfStatus(status)))
    // The deed is done; that its caller did not hear of it is told beside.
    if (this.#ctx.res.closed && !this.#ctx.res.writableFinished) event.annotate({ reason: 'aborted' })
    const { value } = this.#payload ?? { value: await this.#payloadOf(event) }
    await event.succeed(value)
  }

  async #payloadOf(event: OpenEvent): Promise<unknown> {
    const { payload } = this.#mark!
    if (payload) return askLater(this.#audit, `the payload of '${event.name}'`, () => payload(this.#ctx))
    const { body } = this.#ctx
    const isFitting = typeof body === 'object' && body !== null && !isStream(body) && !Buffer.isBuffer(body)
    return event.payload ?? (isFitting && takesPayload(this.#audit, event.name) ? body : undefined)
  }

  /** The route never ran, so all there is to tell is what was asked for, by whom, and that it was refused. */
  #endUnopened(): void {
    const status = this.#thrown ? statusOf(this.#thrown.error) : this.#ctx.status
    const found = status >= 400 ? this.#routes?.find(this.#path, this.#ctx.method) : undefined
    if (!found) return
    this.#pattern = found.pattern
    const { name } = found.mark
    const target = this.#targetOf(found.mark, Object.assign(Object.create(this.#ctx) as Context, { params: found.params }))
    const error = this.#thrown?.error ?? { kind: 'HttpStatus', status }
    const known = { ...(target !== undefined && { target }), reason: reasonOfStatus(status), error }
    if (isDenial(status)) void this.#audit.denied(name, { ...known, limited: true })
    else void this.#audit.record(name, null, { ...known, status: 'failure' })
  }

  #targetOf({ name, target }: EventMark, ctx: Context): ReturnType<NonNullable<EventMark['target']>> {
    return target && ask(this.#audit, `the target of '${name}'`, () => target(ctx))
  }
}

function isStream(body: unknown): boolean {
  return typeof (body as { readonly pipe?: unknown } | null | undefined)?.pipe === 'function' || body instanceof ReadableStream
}

/** As Koa's own error handler answers. */
function statusOf(error: unknown): number {
  const { status, statusCode } = (error ?? {}) as { readonly status?: unknown; readonly statusCode?: unknown }
  const given = status || statusCode
  return typeof given === 'number' ? given : 500
}
