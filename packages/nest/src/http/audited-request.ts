import type { ServerResponse } from 'node:http'
import { isPromise } from 'node:util/types'
import type { OpenEvent } from '@audit/core'
import { guarded, httpOutcome, internalsOf, settleEvent, type AdapterContext, type HttpExchange } from '@audit/core/adapter'
import type { Observable } from 'rxjs'
import { httpSource } from '../calls/call-source.ts'
import type { GuardEnd } from '../calls/guard-end.ts'
import { openEvent, payloadOf, type MarkedCall } from '../calls/marked-call.ts'
import type { Owner } from '../calls/owner.ts'
import { isObservableResult, isStreamed } from '../calls/result-kind.ts'
import { recordAnswered, recordUnopened } from '../calls/unopened.ts'
import { watchStream } from '../calls/watch-stream.ts'
import type { EventMark } from '../decorators/mark.ts'
import { holdEnd } from './hold-end.ts'
import { currentRequest, type Platform } from './platform.ts'
import { RequestContext } from './request-context.ts'
import { type RouteHandler } from './route-handler.ts'
import type { Route } from './route.ts'
import { settleAfter } from './settle-after.ts'

/**
 * How far a request has come.
 * - `unreached`: it has not come to a route; a middleware may have refused it.
 * - `skipped`: a route matched but passed the request on.
 * - `reached`: it is in the guards, interceptors and pipes of a route.
 * - `opening`: its handler is about to run.
 * - `open`: its handler has begun.
 * - `settled`: its event is recorded or about to be, or it does not have one.
 */
type Phase = 'unreached' | 'skipped' | 'reached' | 'opening' | 'open' | 'settled'

/** One HTTP request, from the first hook until both its handler and its response have ended. */
export class AuditedRequest {
  readonly #owner: Owner
  readonly #platform: Platform
  readonly #request: any
  readonly #response: ServerResponse
  readonly #context: RequestContext
  /** The asynchronous context to record in, taken from the application at a point where it is known to be correct. */
  #surroundings: AdapterContext | undefined
  #phase: Phase = 'unreached'
  #route: Route | undefined
  readonly #passedOn: Route[] = []
  #mark: EventMark | undefined
  #guardEnd: GuardEnd | undefined
  #call: MarkedCall | undefined
  #event: OpenEvent | undefined
  /** `running` until the handler has returned or thrown; an operation that sends the response itself is `streamed`. */
  #handler: Exclude<HttpExchange['handler'], 'not-run'> = 'running'
  /** Undefined if the handler sends the response itself. */
  #handlerStatus: number | undefined
  /** The handler is asynchronous, so the operation ends when its promise settles. */
  #isAwaited = false
  /** The error of the handler, even if a filter turns it into a response. */
  #thrown: { readonly error: unknown } | undefined
  /** The response was already being sent when the handler threw, so its status does not reflect the error. */
  #isAnsweredBefore = false
  /** The error of an interceptor, a serializer or a timeout. */
  #responseError: { readonly error: unknown } | undefined
  /** Resolves when the payload of an asynchronous callback is annotated. */
  #payload: Promise<void> | undefined
  #isClosed = false
  #isAborted = false

  constructor(owner: Owner, platform: Platform, request: any, response: ServerResponse) {
    this.#owner = owner
    this.#platform = platform
    this.#request = request
    this.#response = response
    this.#context = new RequestContext(owner, request)
    // Not by `writableFinished`, which the response of Fastify's `inject()` does not have.
    response.once('finish', () => this.#guarded(() => this.#close({ isAborted: false })))
    response.once('close', () => this.#guarded(() => this.#close({ isAborted: true })))
  }

  /** Runs a part of the request in its asynchronous context, whatever the current context is. */
  enter<T>(callback: () => T): T {
    const { audit } = this.#owner
    if (this.#surroundings) return currentRequest.run(this, () => internalsOf(audit).enter(this.#surroundings!, callback))
    return currentRequest.run(this, () =>
      audit.run(this.#context, () => {
        this.#surroundings = internalsOf(audit).context()
        return callback()
      }),
    )
  }

  reach(route: Route): void {
    if (this.#phase !== 'unreached' && this.#phase !== 'skipped') return
    this.#phase = 'reached'
    this.#route = route
    this.#context.route = route.pattern
    const mark = route.markFor(this.#request.method)
    this.#mark = mark && 'name' in mark ? mark : undefined
  }

  /** The route passed the request on. After a controller's route, which was for another host or version, no other route is tried. */
  passOn(): void {
    if (this.#phase !== 'reached') return
    this.#passedOn.push(this.#route!)
    this.#phase = this.#route!.handler ? 'skipped' : 'unreached'
    this.#route = this.#mark = this.#context.route = undefined
  }

  /** A guard ended the request. If the response is already closed, only this call can record that. */
  endByGuard(guardEnd: GuardEnd): void {
    this.#guarded(() => {
      this.#guardEnd = guardEnd
      if (this.#isClosed) this.#recordUnopened()
    })
  }

  /** Notes the error behind an error response. If the handler did not throw it, it occurred while the handler ran, or after it. */
  failAfterwards(error: unknown): void {
    if (this.#phase === 'open' && this.#handler !== 'threw') this.#responseError ??= { error }
  }

  /** True if this run of the handler is to be audited. An interceptor may retry a handler that threw: the last run counts. */
  opens(handler: RouteHandler): boolean {
    if (this.#mark === undefined || this.#route!.handler !== handler) return false
    return this.#phase === 'reached' || (this.#handler === 'threw' && this.#mayRunAgain)
  }

  /** If the failure was recorded before the response, the next run is a separate attempt. */
  get #mayRunAgain(): boolean {
    return this.#phase === 'open' || (this.#phase === 'settled' && this.#event?.attempt !== undefined && !this.#isClosed)
  }

  /** Runs the handler with its event open. Throws 503 if a fail-closed event cannot be recorded. */
  handle(args: readonly unknown[], run: () => unknown): Promise<unknown> {
    // A lock or a queue may run a handler in the context of another request.
    return currentRequest.getStore() === this ? this.#handle(args, run) : this.enter(() => this.#handle(args, run))
  }

  async #handle(args: readonly unknown[], run: () => unknown): Promise<unknown> {
    const { audit } = this.#owner
    if (this.#phase !== 'open') await this.#open(args)
    this.#handler = 'running'
    this.#thrown = undefined
    try {
      const returned = audit.run({ event: this.#event! }, run)
      this.#isAwaited = isPromise(returned)
      const result = await returned
      if (isObservableResult(result)) return this.#stream(result)
      if (isStreamed(result) || this.#isHijacked) this.#handler = 'streamed'
      else this.#returned(result)
      await this.#settleIfLast()
      return result
    } catch (error) {
      this.#threw(error)
      await this.#settleIfLast()
      throw error
    }
  }

  async #open(args: readonly unknown[]): Promise<void> {
    this.#surroundings = internalsOf(this.#owner.audit).context()
    this.#phase = 'opening'
    this.#call = { owner: this.#owner, mark: this.#mark!, args, source: httpSource(this.#request) }
    this.#context.begin()
    this.#event = await openEvent(this.#call)
    this.#phase = 'open'
    internalsOf(this.#owner.audit).openRequests.add(this.#settleAtClose)
    // A fail-closed event is recorded before its response, unless the handler sends that itself.
    if (this.#isAttempted && !this.#isHijacked) holdEnd(this.#response, () => this.#settleBeforeEnd())
    this.#context.trace()
  }

  /** The operation of an Observable is done when it completes. If it is unsubscribed before its first value, the response decides. */
  #stream(stream: Observable<unknown>): Observable<unknown> {
    let last: unknown
    return watchStream(stream, this.#owner.audit, {
      next: (value) => (last = value),
      error: (error) => this.#threw(error),
      complete: () => this.#returned(last),
      end: () => {
        // An interceptor that takes one value then unsubscribes; a stream of messages is ended by its client.
        if (this.#handler === 'running' && last !== undefined && !this.#route!.handler!.isSse) this.#returned(last)
        if (this.#handler === 'running') this.#handler = 'streamed'
        return this.#settleIfLast()
      },
    })
  }

  /** Takes the payload now, because the application may change the result of the handler afterwards. */
  #returned(result: unknown): void {
    this.#handler = 'returned'
    // A response that is already being sent comes from something else, such as a timeout.
    this.#handlerStatus = this.#response.headersSent ? 200 : this.#response.statusCode
    if (this.#handlerStatus < 400) this.#payload = this.#guarded(() => payloadOf(this.#call!, this.#event!, result))
  }

  #threw(error: unknown): void {
    this.#handler = 'threw'
    this.#thrown = { error }
    this.#isAnsweredBefore = this.#response.headersSent
  }

  #close({ isAborted }: { readonly isAborted: boolean }): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#isAborted = isAborted
    if (this.#phase === 'open') {
      if (this.#isHijacked && this.#handler === 'running' && !isAborted) this.#handler = 'streamed'
      // If the handler is still running, its end or the end of the audit settles the event.
      if (this.#handler !== 'running') void this.#settle()
    } else if (this.#phase !== 'opening' && this.#phase !== 'settled' && !isAborted) {
      this.#recordUnopened()
    }
  }

  /** Settles the event when the response is complete, after serializers and interceptors. A running handler settles it later. */
  #settleBeforeEnd(): Promise<void> | undefined {
    return this.#phase === 'open' && this.#handler !== 'running' ? this.#settle() : undefined
  }

  /** A fail-closed event is settled after a failure, before the handler may run again, and before a stream begins. */
  async #settleIfLast(): Promise<void> {
    const isDecided = this.#handler !== 'returned' && this.#isAttempted && !this.#isHijacked
    if (isDecided || this.#isClosed) await this.#settle()
  }

  /** Settles without waiting, because the audit is closing. */
  readonly #settleAtClose = (): void => void this.#settle({ waits: false })

  /** Records the outcome, once. Never rejects. */
  async #settle({ waits = true } = {}): Promise<void> {
    if (this.#phase !== 'open') return
    this.#phase = 'settled'
    internalsOf(this.#owner.audit).openRequests.delete(this.#settleAtClose)
    const event = this.#event!
    const outcome = httpOutcome({
      handler: this.#isSentInVain ? 'returned' : this.#handler,
      handlerStatus: this.#handlerStatus,
      status: this.#isAnsweredBefore ? 0 : this.#response.statusCode,
      isAborted: this.#isAborted,
      thrown: this.#thrown ?? (this.#handler === 'streamed' ? undefined : this.#responseError),
    })
    const settle = () => (event.settled ? undefined : settleEvent(event, outcome))
    await this.#guarded(() =>
      this.enter(() => {
        if (outcome.status !== 'success') return settle()
        const payload = this.#payload ?? payloadOf(this.#call!, event, undefined)
        return payload && waits ? settleAfter(payload, this.#owner.audit, () => this.enter(settle)) : settle()
      }),
    )
  }

  get #isAttempted(): boolean {
    return this.#event?.attempt !== undefined
  }

  get #isHijacked(): boolean {
    return this.#route?.handler?.isHijacked === true
  }

  /**
   * The client disconnected, and a handler that sends the response itself had finished: it had sent the whole response, or its
   * promise had settled before any of the response was sent.
   */
  get #isSentInVain(): boolean {
    if (!this.#isHijacked || !this.#isAborted || this.#handler !== 'streamed') return false
    return this.#response.writableEnded || (this.#isAwaited && !this.#response.headersSent)
  }

  #recordUnopened(): void {
    const status = this.#response.statusCode
    let request = this.#request
    const wasReached = this.#phase === 'reached'
    if (this.#phase === 'unreached') {
      // A middleware that answers with a status below 300 refuses nothing, and 304 means that the client has the answer already.
      if (status < 300 || status === 304) return
      const found = this.#platform.search(request, this.#passedOn)
      if (!found) return
      request = found.request
      this.reach(found.route)
    }
    this.#phase = 'settled'
    if (!this.#mark) return
    const call = { owner: this.#owner, mark: this.#mark, args: [], source: httpSource(request) }
    this.enter(() => {
      // A route without a controller has no audited handler: its response alone decides.
      if (wasReached && !this.#route!.handler) return recordAnswered(call, status)
      return recordUnopened(call, { status, ...this.#endBefore(wasReached) })
    })
  }

  #endBefore(wasReached: boolean): Partial<HttpExchange> {
    if (wasReached) return this.#guardEnd ?? {}
    // Fastify's middleware receives Node's request.
    const { raw = this.#request } = this.#request
    const isUnauthenticated = this.#guarded(() => raw.isUnauthenticated?.() === true)
    return { refusal: { by: 'middleware' }, isUnauthenticated }
  }

  /** Keeps our errors away from listeners and hooks. */
  #guarded<T>(work: () => T): T | undefined {
    return guarded(this.#owner.audit, 'the record of a request', work)
  }
}
