import type { Audit, OpenEvent, Target } from '@audit/core'
import { ask, askLater, guarded, httpOutcome, internalsOf, settleEvent, takesPayload } from '@audit/core/adapter'
import type { AdapterContext, HttpExchange } from '@audit/core/adapter'
import type { Context, Next } from 'koa'
import { hasAnswered, hasChosenStatus, isRedirect, statusOfKoa, watchErrors } from './koa-response.ts'
import { isSignedOut, isUnauthenticated } from './passport.ts'
import type { RequestContext } from './request-context.ts'
import { isData, isStreamed, serializationError } from './response-body.ts'
import type { EventMark } from './route-mark.ts'
import type { ReachedRoute } from './routes.ts'

/** The state that the audited routes of one request share. */
export interface SharedRequest {
  readonly audit: Audit
  readonly ctx: Context
  readonly context: RequestContext
  /** The audit's context of the innermost running route, with its event. A queue in the application may lose it. */
  surroundings: AdapterContext | undefined
  /** The status that Koa will send. Set when everything inside the outermost middleware has returned. */
  endStatus: number | undefined
  /** True if the application has sent the response by then, through Node's response instead of Koa's. */
  isSent: boolean
  /** Runs a callback in these surroundings, from any context. */
  readonly within: <T>(callback: () => T) => T
}

/** The answer of another audited route, to which the handler of this one passed the request on. */
interface InnerAnswer {
  readonly status: number
  readonly body: unknown
}

/**
 * The state of a route's event. `opening`: its attempt is being recorded, or could not be. `open`: the route runs. `left`: the route
 * has returned, and its event waits for the handler or the response. `settled`: the outcome is recorded.
 */
type Phase = 'opening' | 'open' | 'left' | 'settled'

/** One audited route of a request, from its mark to its recorded outcome. */
export class AuditedRoute {
  readonly #shared: SharedRequest
  readonly #mark: EventMark
  /** Undefined in an application without a router. */
  readonly #reached: ReachedRoute | undefined
  readonly #pattern: string
  #surroundings: AdapterContext | undefined
  #phase: Phase = 'opening'
  #handler: 'not-run' | 'running' | 'returned' | 'threw' = 'not-run'
  #handlerStatus: number | undefined
  #inner: InnerAnswer | undefined
  #event: OpenEvent | undefined
  /** The error that the handler threw, or else the first error that was thrown around it. */
  #thrown: { readonly error: unknown } | undefined
  #isPayloadKept = false
  #isAnswered = false

  constructor(shared: SharedRequest, mark: EventMark, reached: ReachedRoute | undefined, pattern: string) {
    this.#shared = shared
    this.#mark = mark
    this.#reached = reached
    this.#pattern = pattern
  }

  isOf(reached: ReachedRoute | undefined): boolean {
    return this.#reached?.stack === reached?.stack
  }

  /** True until its handler has begun. */
  get isWaiting(): boolean {
    return this.#phase === 'open' && this.#handler === 'not-run'
  }

  /** Runs the route with its event open. Throws 503 if a fail-closed event cannot be recorded. */
  async open(ctx: Context, next: Next): Promise<void> {
    const { audit, context } = this.#shared
    const { name, failMode, before: askBefore } = this.#mark
    context.pattern = this.#pattern
    context.trace()
    context.begin()
    const target = targetOf(audit, this.#mark, ctx)
    const { value: before } = askBefore ? await askLater(audit, `before of '${name}'`, () => askBefore(ctx)) : {}
    const known = {
      ...(failMode && { failMode }),
      ...(before !== undefined && { before }),
      ...(target !== undefined && { target }),
    }
    try {
      this.#event = await audit.begin(name, null, { attempted: 'if-closed', ...known })
    } catch (error) {
      return ctx.throw(503, 'This operation is unavailable, because it cannot be audited.', { expose: true, cause: error })
    }
    this.#phase = 'open'
    internalsOf(audit).openRequests.add(this.#close)
    // Not by `writableFinished`, which a replacement for a response in a test may not have.
    ctx.res.once('finish', () => this.#onAnswered(true)).once('close', () => this.#onAnswered(false))
    await audit.run({ event: this.#event }, () => this.#runRoute(next))
  }

  async #runRoute(next: Next): Promise<void> {
    const { audit, ctx } = this.#shared
    this.#surroundings = this.#shared.surroundings = internalsOf(audit).context()
    try {
      await (this.#reached?.isWatched ? next() : this.#runUnwatched(next))
    } catch (error) {
      this.#thrown ??= { error }
      throw error
    } finally {
      // Before outer middleware wraps the body, or changes its content.
      if (ctx.status < 400) await this.#keepPayload()
      // Unless the audit closed meanwhile.
      if (this.#phase === 'open') this.#phase = 'left'
      void this.#settleIfOver()
    }
  }

  /** Called when the route inside this one has returned. */
  resume(): void {
    this.#shared.surroundings = this.#surroundings
    this.#shared.context.pattern = this.#pattern
  }

  /** Called when another audited route, to which the handler passed the request on, has answered. */
  passedOn(): void {
    const { status, body } = this.#shared.ctx
    this.#inner = { status, body }
  }

  /** Runs the last function of the route, which does the operation. */
  async run(handler: () => unknown): Promise<unknown> {
    const { ctx } = this.#shared
    this.#handler = 'running'
    try {
      const result = await handler()
      this.#handler = 'returned'
      // After a timeout the status is that of the timeout.
      const isOver = this.#shared.endStatus !== undefined
      this.#handlerStatus = hasChosenStatus(ctx) && !isOver ? this.#ownStatus() : undefined
      return result
    } catch (error) {
      this.#handler = 'threw'
      this.#thrown = { error }
      throw error
    }
  }

  /** Ignores a status that another audited route has set. */
  #ownStatus(): number {
    const { status } = this.#shared.ctx
    return status === this.#inner?.status ? 200 : status
  }

  /** The next functions may include a guard that refuses by a redirect, and any of them may do the operation. */
  async #runUnwatched(next: Next): Promise<void> {
    await this.run(next)
    const { audit, ctx, context } = this.#shared
    const isRefused = isRedirect(ctx.status) && context.wasAnonymous && isSignedOutAt(audit, ctx)
    if (isRefused) this.#handler = 'not-run'
  }

  /** Passport as the last function of a route: the operation succeeded if it has signed the caller in. */
  async runGuard(guard: () => unknown): Promise<unknown> {
    const { ctx } = this.#shared
    const result = await guard()
    if (!isUnauthenticated(ctx)) {
      this.#handler = 'returned'
      this.#handlerStatus = ctx.status
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
    const { audit, ctx } = this.#shared
    const { name, payload } = this.#mark
    if (payload) return askLater(audit, `the payload of '${name}'`, () => payload(ctx))
    const { body } = ctx
    const isOwn = this.#inner === undefined || this.#inner.body !== body
    const isPayload = isOwn && !this.#event!.payload && isData(body) && takesPayload(audit, name)
    return isPayload ? { value: body } : {}
  }

  /** Everything inside the outermost middleware has returned: a refusal is recorded now, and any other outcome with the response. */
  async end(thrown?: { readonly error: unknown }): Promise<void> {
    if (thrown) this.#thrown ??= thrown
    if (this.#phase !== 'left') return
    const { ctx, endStatus = 0 } = this.#shared
    const { body, respond } = ctx
    const isClosed = this.#event!.attempt !== undefined
    if (this.#handler === 'returned') {
      if (respond === false || endStatus < 400) await this.#keepPayload()
      const answersLater = respond === false || !isClosed
      if (answersLater) watchErrors(ctx, (error) => (this.#thrown ??= { error }))
      else this.#thrown ??= serializationError(body)
      if (!answersLater) await this.#settle(this.#thrown ? statusOfKoa(this.#thrown.error) : endStatus)
    }
    const settled = this.#settleIfOver()
    // A fail-closed event delays its response, at most by the audit's `maxWaitMs`.
    if (isClosed) await settled
  }

  #onAnswered(isFinished: boolean): void {
    this.#isAnswered ||= isFinished
    void this.#settleIfOver()
  }

  /** Called when the audit is closing. */
  readonly #close = (): void => void this.#settle()

  /** A route is over when its handler has ended, and the response too unless that cannot change the outcome. */
  #settleIfOver(): Promise<unknown> | undefined {
    if (this.#phase !== 'left' || this.#handler === 'running') return undefined
    const { ctx, endStatus } = this.#shared
    const hasEnded = endStatus !== undefined
    const isGone = this.#isAnswered || ctx.res.closed
    // Code that answers instead of the handler has set its status only then.
    const hasRefused = hasEnded && (isGone || ctx.respond !== false)
    if (this.#handler === 'not-run' ? !hasRefused : !isGone && !(hasEnded && this.#handler === 'threw')) return undefined
    return this.#settle(isGone ? undefined : endStatus)
  }

  #settle(status = this.#currentStatus()): Promise<unknown> | undefined {
    if (this.#phase === 'settled') return undefined
    this.#phase = 'settled'
    const { audit, context, within } = this.#shared
    return guarded(audit, 'the outcome of a request', () => {
      internalsOf(audit).openRequests.delete(this.#close)
      context.pattern = this.#pattern
      return within(() => settleEvent(this.#event!, httpOutcome(this.#facts(status))))
    })
  }

  #facts(status: number): HttpExchange {
    const { res, body, respond } = this.#shared.ctx
    const isAborted = res.closed && !this.#isAnswered
    const facts = { status, isAborted, thrown: this.#thrown }
    if (this.#handler === 'not-run') return { ...facts, handler: 'not-run', ...refusalOf(this.#shared, this.#thrown) }
    if (this.#handler !== 'returned') return { ...facts, handler: this.#handler }
    if (isStreamed(body)) return { ...facts, handler: 'streamed' }
    if (respond === false) return { handler: 'streamed', status, isAborted }
    // A handler may leave the body to a middleware that renders it. If no middleware does, the request failed.
    const isUnanswered = this.#handlerStatus === undefined && status === 404 && !this.#thrown
    return { ...facts, handler: 'returned', handlerStatus: this.#handlerStatus ?? (isUnanswered ? 404 : 200) }
  }

  #currentStatus(): number {
    const { res, status, respond } = this.#shared.ctx
    return res.headersSent || respond === false ? res.statusCode : status
  }
}

/** The refusal of a request whose handler did not run. */
export function refusalOf(
  { audit, ctx, isSent }: SharedRequest,
  thrown: { readonly error: unknown } | undefined,
): Pick<HttpExchange, 'refusal' | 'isUnauthenticated'> {
  return {
    ...((thrown || isSent || hasAnswered(ctx)) && { refusal: { by: 'middleware' } }),
    isUnauthenticated: isSignedOutAt(audit, ctx),
  }
}

export function targetOf(audit: Audit, { name, target }: EventMark, ctx: Context): Target | string | undefined {
  return target && ask(audit, `the target of '${name}'`, () => target(ctx))
}

function isSignedOutAt(audit: Audit, ctx: Context): boolean {
  return ask(audit, 'isUnauthenticated()', () => isSignedOut(ctx)) ?? false
}
