import type { OpenEvent } from '@audit/core'
import {
  askLater,
  beginMarked,
  guarded,
  httpOutcome,
  internalsOf,
  isDefaultPayload,
  settleEvent,
  UNAVAILABLE,
  type AdapterContext,
} from '@audit/core/adapter'
import type { Context, Next } from 'koa'
import { HandlerRun } from './handler-run.ts'
import { statusOfKoa, watchErrors } from './koa-response.ts'
import { isData, serializationError } from './response-body.ts'
import { exchangeOf } from './route-exchange.ts'
import type { EventMark } from './route-mark.ts'
import type { MatchedRoute } from './routes.ts'
import type { SharedRequest } from './shared-request.ts'

/**
 * One audited route of a request, from its mark to its recorded outcome. The state of its event:
 * - `opening`: its attempt is being recorded, or could not be.
 * - `open`: the route runs.
 * - `left`: the route has returned, and its event waits for the handler or the response.
 * - `settled`: the outcome is recorded.
 */
export class AuditedRoute {
  readonly #shared: SharedRequest
  readonly #mark: EventMark
  /** Undefined in an application without a router. */
  readonly #matched: MatchedRoute | undefined
  readonly #pattern: string
  #surroundings: AdapterContext | undefined
  #state: 'opening' | 'open' | 'left' | 'settled' = 'opening'
  readonly run: HandlerRun
  #event: OpenEvent | undefined
  #isPayloadKept = false
  #isAnswered = false

  constructor(shared: SharedRequest, mark: EventMark, matched: MatchedRoute | undefined, pattern: string) {
    this.#shared = shared
    this.#mark = mark
    this.#matched = matched
    this.#pattern = pattern
    this.run = new HandlerRun(shared)
  }

  isOf(matched: MatchedRoute | undefined): boolean {
    return this.#matched?.stack === matched?.stack
  }

  /** True until its handler has begun. */
  get isWaiting(): boolean {
    return this.#state === 'open' && this.run.state === 'not-run'
  }

  /** Runs the route with its event open. Throws 503 if a fail-closed event cannot be recorded. */
  async open(ctx: Context, next: Next): Promise<void> {
    const { audit, context } = this.#shared
    context.route = this.#pattern
    context.trace()
    context.begin()
    try {
      this.#event = await beginMarked(audit, this.#mark, ctx)
    } catch (error) {
      return ctx.throw(503, UNAVAILABLE, { expose: true, cause: error })
    }
    this.#state = 'open'
    internalsOf(audit).openRequests.add(this.#close)
    // Not by `writableFinished`, which a replacement for a response in a test may not have.
    ctx.res.once('finish', () => this.#onAnswered(true)).once('close', () => this.#onAnswered(false))
    await audit.run({ event: this.#event }, () => this.#runRoute(next))
  }

  async #runRoute(next: Next): Promise<void> {
    const { audit, ctx } = this.#shared
    this.#surroundings = this.#shared.surroundings = internalsOf(audit).context()
    try {
      await (this.#matched?.isWatched ? next() : this.run.runUnwatched(next))
    } catch (error) {
      this.run.thrown ??= { error }
      throw error
    } finally {
      // Before outer middleware wraps the body, or changes its content.
      if (ctx.status < 400) await this.#keepPayload()
      // Unless the audit closed meanwhile.
      if (this.#state === 'open') this.#state = 'left'
      void this.#settleIfOver()
    }
  }

  /** Called when the route inside this one has returned. */
  resume(): void {
    this.#shared.surroundings = this.#surroundings
    this.#shared.context.route = this.#pattern
  }

  async #keepPayload(): Promise<void> {
    if (this.run.state !== 'returned' || this.#isPayloadKept) return
    this.#isPayloadKept = true
    const { value: payload } = await this.#payload()
    if (payload !== undefined && !this.#event!.settled) this.#event!.annotate({ payload })
  }

  async #payload(): Promise<{ readonly value?: unknown }> {
    const { audit, ctx } = this.#shared
    const { name, payload } = this.#mark
    if (payload) return askLater(audit, `the payload of '${name}'`, () => payload(ctx))
    const { body } = ctx
    return this.run.isOwnBody(body) && isData(body) && isDefaultPayload(audit, this.#event!, body) ? { value: body } : {}
  }

  /** Everything inside the outermost middleware has returned: a refusal is recorded now, and any other outcome with the response. */
  async end(thrown?: { readonly error: unknown }): Promise<void> {
    if (thrown) this.run.thrown ??= thrown
    if (this.#state !== 'left') return
    const { ctx, endStatus = 0 } = this.#shared
    const { body, respond } = ctx
    const isClosed = this.#event!.attempt !== undefined
    if (this.run.state === 'returned') {
      if (respond === false || endStatus < 400) await this.#keepPayload()
      const answersLater = respond === false || !isClosed
      if (answersLater) watchErrors(ctx, (error) => (this.run.thrown ??= { error }))
      else this.run.thrown ??= serializationError(body)
      if (!answersLater) await this.#settle(this.run.thrown ? statusOfKoa(this.run.thrown.error) : endStatus)
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
    if (this.#state !== 'left' || this.run.state === 'running') return undefined
    const { ctx, endStatus } = this.#shared
    const hasEnded = endStatus !== undefined
    const isGone = this.#isAnswered || ctx.res.closed
    // Code that answers instead of the handler has set its status only then.
    const hasRefused = hasEnded && (isGone || ctx.respond !== false)
    if (this.run.state === 'not-run' ? !hasRefused : !isGone && !(hasEnded && this.run.state === 'threw')) return undefined
    return this.#settle(isGone ? undefined : endStatus)
  }

  #settle(status = this.#currentStatus()): Promise<unknown> | undefined {
    if (this.#state === 'settled') return undefined
    this.#state = 'settled'
    const { audit, context, within } = this.#shared
    return guarded(audit, 'the outcome of a request', () => {
      internalsOf(audit).openRequests.delete(this.#close)
      context.route = this.#pattern
      return within(() => settleEvent(this.#event!, httpOutcome(exchangeOf(this.#shared, this.run, status, this.#isAnswered))))
    })
  }

  #currentStatus(): number {
    const { res, status, respond } = this.#shared.ctx
    return res.headersSent || respond === false ? res.statusCode : status
  }
}
