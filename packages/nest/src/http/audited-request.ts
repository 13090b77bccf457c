import type { ServerResponse } from 'node:http'
import { isPromise } from 'node:util/types'
import type { OpenEvent } from '@audit/core'
import { guarded, httpOutcome, internalsOf, settleEvent, type AdapterContext, type HttpFacts } from '@audit/core/adapter'
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
 * - `unreached`: no route has it; a middleware may have refused it.
 * - `skipped`: a route matched but passed the request on.
 * - `reached`: the guards, interceptors and pipes of a route have it.
 * - `opening`: its handler is about to run.
 * - `open`: its handler has begun.
 * - `settled`: its event is recorded or about to be, or there is none.
 */
type Phase = 'unreached' | 'skipped' | 'reached' | 'opening' | 'open' | 'settled'

/** One HTTP request, from the first hook until both its handler and its response have ended. */
export class AuditedRequest {
  readonly #owner: Owner
  readonly #platform: Platform
  readonly #request: any
  readonly #response: ServerResponse
  readonly #context: RequestContext
  /** The asynchronous context to record in, as the application has it where that is known to be right. */
  #surroundings: AdapterContext | undefined
  #phase: Phase = 'unreached'
  #route: Route | undefined
  readonly #passedOn: Route[] = []
  #mark: EventMark | undefined
  #guardEnd: GuardEnd | undefined
  #call: MarkedCall | undefined
  #event: OpenEvent | undefined
  /** `running` until the handler has returned or thrown; an operation that sends the response itself is `streamed`. */
  #handler: Exclude<HttpFacts['handler'], 'not-run'> = 'running'
  /** Left undefined by a handler that sends the response itself. */
  #handlerStatus: number | undefined
  /** The handler is asynchronous, so its operation has ended when it has. */
  #isAwaited = false
  /** The error of the handler, also if something makes a response of it. */
  #thrown: { readonly error: unknown } | undefined
  /** The response was on its way when the handler threw, so it says nothing of the error. */
  #isAnsweredBefore = false
  /** The error of an interceptor, a serializer or a timeout. */
  #responseError: { readonly error: unknown } | undefined
  /** Resolves when the payload that a callback is asked for is annotated. */
  #payload: Promise<void> | undefined
  #isClosed = false
  #isAborted = false

  constructor(owner: Owner, platform: Platform, request: any, response: ServerResponse) {
    this.#owner = owner
    this.#platform = platform
    this.#request = request
    this.#response = response
    this.#context = new RequestContext(owner, request)
    // Not by `writableFinished`: the response that Fastify's `inject()` passes does not have it.
    response.once('finish', () => this.#guarded(() => this.#close({ isAborted: false })))
    response.once('close', () => this.#guarded(() => this.#close({ isAborted: true })))
  }

  /** Runs a part of the request in its asynchronous context, whatever the one around it. */
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

  /** The route passed the request on: after one of a controller, which was for another host or version, none is asked again. */
  passOn(): void {
    if (this.#phase !== 'reached') return
    this.#passedOn.push(this.#route!)
    this.#phase = this.#route!.handler ? 'skipped' : 'unreached'
    this.#route = this.#mark = this.#context.route = undefined
  }

  /** A guard ended it. If the response is closed already, nothing else will record that. */
  endByGuard(guardEnd: GuardEnd): void {
    this.#guarded(() => {
      this.#guardEnd = guardEnd
      if (this.#isClosed) this.#recordUnopened()
    })
  }

  /** An error that the response is made of. One that the handler did not throw came while it ran, or after it. */
  failAfterwards(error: unknown): void {
    if (this.#phase === 'open' && this.#handler !== 'threw') this.#responseError ??= { error }
  }

  /** A handler that threw may be run again, by an interceptor that retries: its last run is the one that counts. */
  opens(handler: RouteHandler): boolean {
    if (this.#mark === undefined || this.#route!.handler !== handler) return false
    return this.#phase === 'reached' || (this.#handler === 'threw' && this.#mayRunAgain)
  }

  /** If the failure had to be recorded before the answer, the next run is an attempt of its own. */
  get #mayRunAgain(): boolean {
    return this.#phase === 'open' || (this.#phase === 'settled' && this.#event?.attempt !== undefined && !this.#isClosed)
  }

  /** Runs the handler with its event open. Throws 503 if the event must not go unrecorded and cannot be recorded. */
  handle(args: readonly unknown[], run: () => unknown): Promise<unknown> {
    // A lock or a queue runs a handler in the context of another request.
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
    // An event that must not go unrecorded is recorded before its response, unless the handler sends that itself.
    if (this.#isAttempted && !this.#isHijacked) holdEnd(this.#response, () => this.#settleBeforeEnd())
    this.#context.trace()
  }

  /** An Observable has done its operation when it completes. If it is left before its first value, the response tells the rest. */
  #stream(stream: Observable<unknown>): Observable<unknown> {
    let last: unknown
    return watchStream(stream, this.#owner.audit, {
      next: (value) => (last = value),
      error: (error) => this.#threw(error),
      complete: () => this.#returned(last),
      end: () => {
        // An interceptor that takes one value leaves the Observable then; a stream of messages is left by its client.
        if (this.#handler === 'running' && last !== undefined && !this.#route!.handler!.isSse) this.#returned(last)
        if (this.#handler === 'running') this.#handler = 'streamed'
        return this.#settleIfLast()
      },
    })
  }

  /** What the handler returned may change from here on, so the payload is taken now. */
  #returned(result: unknown): void {
    this.#handler = 'returned'
    // A response that is on its way already was made by something else, such as a timeout.
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
      // A handler that is still running settles it, or the end of the audit.
      if (this.#handler !== 'running') void this.#settle()
    } else if (this.#phase !== 'opening' && this.#phase !== 'settled' && !isAborted) {
      this.#recordUnopened()
    }
  }

  /** The response is whole, also if a serializer or an interceptor made another of it. A handler that still runs settles later. */
  #settleBeforeEnd(): Promise<void> | undefined {
    return this.#phase === 'open' && this.#handler !== 'running' ? this.#settle() : undefined
  }

  /** Of what must not go unrecorded, a failure is recorded before the handler is run again, and a stream before it begins. */
  async #settleIfLast(): Promise<void> {
    const isDecided = this.#handler !== 'returned' && this.#isAttempted && !this.#isHijacked
    if (isDecided || this.#isClosed) await this.#settle()
  }

  /** At the end of the audit nothing can be waited for. */
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
   * The client left, and a handler that sends the response itself had done its operation: it had sent all of the response, or what
   * it did was awaited and nothing of the response was sent yet.
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
      // A middleware that answers by itself below 300 has nothing to refuse, and 304 is what a client has already.
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
      // A route that no controller made has no handler to be opened: only its response tells.
      if (wasReached && !this.#route!.handler) return recordAnswered(call, status)
      return recordUnopened(call, { status, ...this.#endBefore(wasReached) })
    })
  }

  #endBefore(wasReached: boolean): Partial<HttpFacts> {
    if (wasReached) return this.#guardEnd ?? {}
    // Middleware of Fastify is given the bare request.
    const { raw = this.#request } = this.#request
    const isUnauthenticated = this.#guarded(() => raw.isUnauthenticated?.() === true)
    return { refusal: { by: 'middleware' }, isUnauthenticated }
  }

  /** Nothing of ours may throw into a listener or a hook. */
  #guarded<T>(work: () => T): T | undefined {
    return guarded(this.#owner.audit, 'the record of a request', work)
  }
}
