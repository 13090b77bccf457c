import type { Audit, OpenEvent, Target } from '@audit/core'
import {
  ask,
  askLater,
  guarded,
  httpOutcome,
  internalsOf,
  recordOutcome,
  settleEvent,
  takesPayload,
  type AdapterContext,
  type HttpFacts,
} from '@audit/core/adapter'
import type { Context, Next } from 'koa'
import { hasAnswered, hasChosenStatus, isRedirect, statusOfKoa, watchErrors } from './koa-response.ts'
import { intendedRoute } from './intended-route.ts'
import { isPassportGuard, isSignedOut, isUnauthenticated } from './passport.ts'
import { RequestContext, type RequestOptions } from './request-context.ts'
import { isData, isStreamed, serializationError } from './response-body.ts'
import type { EventMark } from './route-mark.ts'
import type { RouteFunction } from './router-shape.ts'
import type { ReachedRoute, Routes } from './routes.ts'

/**
 * How far the event of a request is. `unopened`: no audited route was opened. `opening`: its attempt is being recorded, or could
 * not be. `open`: the route runs. `left`: the route has returned, and its event waits for the handler or the response. `settled`.
 */
type Phase = 'unopened' | 'opening' | 'open' | 'left' | 'settled'

/** One request, from the outermost middleware to its response. */
export class AuditedRequest {
  readonly #audit: Audit
  readonly #routes: Routes
  readonly #ctx: Context
  readonly #context: RequestContext
  /** As it came; routers, mounts and middleware may rewrite it. */
  readonly #path: string
  /** The audit's context of this request, with the event if one is open: what a queue in the application may lose. */
  #surroundings: AdapterContext | undefined
  #phase: Phase = 'unopened'
  #handler: 'not-run' | 'running' | 'returned' | 'threw' = 'not-run'
  #handlerStatus: number | undefined
  #reached: ReachedRoute | undefined
  #mark: EventMark | undefined
  #event: OpenEvent | undefined
  /** The error that the handler threw, or else the first error that was thrown around it. */
  #thrown: { readonly error: unknown } | undefined
  #isPayloadKept = false
  /** The status that Koa will send, because everything inside the outermost middleware has returned. */
  #endStatus: number | undefined
  #isAnswered = false

  constructor(audit: Audit, options: RequestOptions, routes: Routes, ctx: Context) {
    this.#audit = audit
    this.#routes = routes
    this.#ctx = ctx
    this.#path = ctx.path
    this.#context = new RequestContext(audit, options, ctx)
  }

  /** Runs everything inside the outermost middleware. */
  serve(next: Next): Promise<void> {
    return this.#audit.run(this.#context, async () => {
      this.#surroundings = internalsOf(this.#audit).context()
      try {
        await next()
      } catch (error) {
        this.#thrown ??= { error }
        await guarded(this.#audit, 'the end of a request', () => this.#end({ error }))
        throw error
      }
      await guarded(this.#audit, 'the end of a request', () => this.#end())
    })
  }

  /** Runs a callback in the context of this request, from wherever it is called. */
  readonly within = <T>(callback: () => T): T => {
    const { context, enter } = internalsOf(this.#audit)
    return context().request === this.#context.request ? callback() : enter(this.#surroundings!, callback)
  }

  /** A router has begun to run a route. */
  reach(route: ReachedRoute, next: Next): Promise<unknown> {
    this.#reached = route
    return this.within(next)
  }

  /** Runs a route with its event open. Throws 503 if the event must not go unrecorded and cannot be recorded. */
  open(mark: EventMark, ctx: Context, next: Next): Promise<unknown> {
    // A second mark on the way, or a request that was dispatched twice.
    if (this.#phase !== 'unopened') return next()
    this.#phase = 'opening'
    this.#mark = mark
    return this.within(() => this.#open(mark, ctx, next))
  }

  /** Runs the last function of an audited route, which does the operation. */
  handle(ctx: Context, handler: RouteFunction, next: Next): unknown {
    if (this.#phase !== 'open' || this.#handler !== 'not-run') return handler(ctx, next)
    if (isPassportGuard(handler)) return this.#runGuard(() => handler(ctx, next))
    return this.within(() => this.#run(() => handler(ctx, next)))
  }

  async #open(mark: EventMark, ctx: Context, next: Next): Promise<void> {
    const { name, failMode, before: askBefore } = mark
    this.#context.pattern = this.#routes.patternOf(ctx)
    this.#context.trace()
    this.#context.begin()
    const target = this.#targetOf(mark, ctx)
    const { value: before } = askBefore ? await askLater(this.#audit, `before of '${name}'`, () => askBefore(ctx)) : {}
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
    internalsOf(this.#audit).openRequests.add(this.#close)
    // Not by `writableFinished`, which a replacement for a response in a test may not have.
    ctx.res.once('finish', () => this.#onAnswered(true)).once('close', () => this.#onAnswered(false))
    await this.#audit.run({ event: this.#event }, () => this.#runRoute(next))
  }

  async #runRoute(next: Next): Promise<void> {
    this.#surroundings = internalsOf(this.#audit).context()
    try {
      await (this.#reached?.isWatched ? next() : this.#runUnwatched(next))
    } catch (error) {
      this.#thrown ??= { error }
      throw error
    } finally {
      // Done before outer middleware wraps the body, or changes its content.
      if (this.#ctx.status < 400) await this.#keepPayload()
      // Unless the audit closed meanwhile.
      if (this.#phase === 'open') this.#phase = 'left'
      void this.#settleIfOver()
    }
  }

  async #run(handler: () => unknown): Promise<unknown> {
    this.#handler = 'running'
    try {
      const result = await handler()
      this.#handler = 'returned'
      // After a timeout the status is that of the timeout.
      const isOver = this.#endStatus !== undefined || (this.#ctx.headerSent && this.#ctx.respond !== false)
      this.#handlerStatus = hasChosenStatus(this.#ctx) && !isOver ? this.#ctx.status : undefined
      return result
    } catch (error) {
      this.#handler = 'threw'
      this.#thrown = { error }
      throw error
    }
  }

  /** The next functions may include a guard that refuses by a redirect, and it is not known which of them does the operation. */
  async #runUnwatched(next: Next): Promise<void> {
    await this.#run(next)
    const isRefused = isRedirect(this.#ctx.status) && this.#context.wasAnonymous && this.#isSignedOut()
    if (isRefused) this.#handler = 'not-run'
  }

  /** Passport as the last function of a route: the operation is done if the caller is signed in by it. */
  async #runGuard(guard: () => unknown): Promise<unknown> {
    const result = await guard()
    if (!isUnauthenticated(this.#ctx)) {
      this.#handler = 'returned'
      this.#handlerStatus = this.#ctx.status
    }
    return result
  }

  async #keepPayload(): Promise<void> {
    if (this.#handler !== 'returned' || this.#isPayloadKept) return
    this.#isPayloadKept = true
    const { value: payload } = await this.#payload()
    if (payload !== undefined && !this.#event!.settled) this.#event!.annotate({ payload })
  }

  async #payload(): Promise<{ readonly value?: unknown }> {
    const { name, payload } = this.#mark!
    if (payload) return askLater(this.#audit, `the payload of '${name}'`, () => payload(this.#ctx))
    const { body } = this.#ctx
    const isPayload = !this.#event!.payload && isData(body) && takesPayload(this.#audit, name)
    return isPayload ? { value: body } : {}
  }

  /** Everything inside has returned: a refusal is recorded now, and any other outcome with the response. */
  async #end(thrown?: { readonly error: unknown }): Promise<void> {
    const { body, respond } = this.#ctx
    this.#endStatus = thrown ? statusOfKoa(thrown.error) : this.#ctx.status
    if (this.#phase === 'unopened') return this.#endUnopened(thrown)
    if (this.#phase !== 'left') return
    const isClosed = this.#event!.attempt !== undefined
    if (this.#handler === 'returned') {
      if (respond === false || this.#endStatus < 400) await this.#keepPayload()
      const answersLater = respond === false || !isClosed
      if (answersLater) watchErrors(this.#ctx, (error) => (this.#thrown ??= { error }))
      else this.#thrown ??= serializationError(body)
      if (!answersLater) await this.#settle(this.#thrown ? statusOfKoa(this.#thrown.error) : this.#endStatus)
    }
    const settled = this.#settleIfOver()
    // An event that must not go unrecorded keeps its response waiting, and only within the audit's `maxWaitMs`.
    if (isClosed) await settled
  }

  #onAnswered(isFinished: boolean): void {
    this.#isAnswered ||= isFinished
    void this.#settleIfOver()
  }

  /** The audit is closing. */
  readonly #close = (): void => void this.#settle()

  /** A request is over when its handler has ended, and its response too unless that cannot change the outcome. */
  #settleIfOver(): Promise<unknown> | undefined {
    if (this.#phase !== 'left' || this.#handler === 'running') return undefined
    const hasEnded = this.#endStatus !== undefined
    const isGone = this.#isAnswered || this.#ctx.res.closed
    // What answers by itself instead of the handler says only then how.
    const hasRefused = hasEnded && (isGone || this.#ctx.respond !== false)
    if (this.#handler === 'not-run' ? !hasRefused : !isGone && !(hasEnded && this.#handler === 'threw')) return undefined
    return this.#settle(isGone ? undefined : this.#endStatus)
  }

  #settle(status = this.#currentStatus()): Promise<unknown> | undefined {
    if (this.#phase === 'settled') return undefined
    this.#phase = 'settled'
    return guarded(this.#audit, 'the outcome of a request', () => {
      internalsOf(this.#audit).openRequests.delete(this.#close)
      return this.within(() => settleEvent(this.#event!, httpOutcome(this.#facts(status))))
    })
  }

  #facts(status: number): HttpFacts {
    const { res, body, respond } = this.#ctx
    const isAborted = res.closed && !this.#isAnswered
    const facts = { status, isAborted, thrown: this.#thrown }
    if (this.#handler === 'not-run') return { ...facts, handler: 'not-run', ...this.#refusal() }
    if (this.#handler !== 'returned') return { ...facts, handler: this.#handler }
    if (isStreamed(body)) return { ...facts, handler: 'streamed' }
    if (respond === false) return { handler: 'streamed', status, isAborted }
    // A handler may leave the body to a middleware that renders it. If no middleware does, the request failed.
    const isUnanswered = this.#handlerStatus === undefined && status === 404 && !this.#thrown
    return { ...facts, handler: 'returned', handlerStatus: this.#handlerStatus ?? (isUnanswered ? 404 : 200) }
  }

  #currentStatus(): number {
    const { res, status } = this.#ctx
    return res.headersSent || this.#ctx.respond === false ? res.statusCode : status
  }

  /** Middleware with `ctx.respond = false` may answer later. If the client leaves before that, nothing was refused. */
  #endUnopened(thrown: { readonly error: unknown } | undefined): void {
    const { res, respond } = this.#ctx
    if (thrown || respond !== false || res.headersSent) return this.#recordUnopened(this.#endStatus!, thrown)
    res.once('close', () =>
      guarded(this.#audit, 'the end of a request', () => res.headersSent && this.#recordUnopened(res.statusCode, undefined)),
    )
  }

  /** The route was never opened: the event records the request, its actor, and the refusal. */
  #recordUnopened(status: number, thrown: { readonly error: unknown } | undefined): void {
    const ctx = this.#ctx
    const found = intendedRoute(this.#routes, ctx, { path: this.#path, reached: this.#reached, status, isThrown: !!thrown })
    if (!found) return
    this.#context.pattern = found.pattern
    const target = this.#targetOf(found.mark, Object.assign(Object.create(ctx) as Context, { params: found.params }))
    const outcome = httpOutcome({ handler: 'not-run', status, thrown, ...this.#refusal(thrown) })
    const known = target === undefined ? {} : { target }
    void this.within(() => recordOutcome(this.#audit as never, found.mark.name, outcome, known)).catch(() => undefined)
  }

  #refusal(thrown = this.#thrown): Pick<HttpFacts, 'refusal' | 'isUnauthenticated'> {
    return {
      ...((thrown || hasAnswered(this.#ctx)) && { refusal: { by: 'middleware' } }),
      isUnauthenticated: this.#isSignedOut(),
    }
  }

  #isSignedOut(): boolean {
    return ask(this.#audit, 'isUnauthenticated()', () => isSignedOut(this.#ctx)) ?? false
  }

  #targetOf({ name, target }: EventMark, ctx: Context): Target | string | undefined {
    return target && ask(this.#audit, `the target of '${name}'`, () => target(ctx))
  }
}
