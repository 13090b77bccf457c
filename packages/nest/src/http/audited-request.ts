import { AsyncLocalStorage } from 'node:async_hooks'
import type { ServerResponse } from 'node:http'
import { isPromise } from 'node:util/types'
import type { OpenEvent } from '@audit/core'
import { guarded, HttpContext, httpOutcome, internalsOf, settleEvent } from '@audit/core/adapter'
import type { AdapterContext, HttpExchange, Refusal, RequestReader } from '@audit/core/adapter'
import type { Observable } from 'rxjs'
import { httpSource } from '../calls/call-source.ts'
import { openEvent, payloadOf, type MarkedCall } from '../calls/marked-call.ts'
import type { AuditBinding } from '../calls/audit-binding.ts'
import { isObservableResult, isStreamed } from '../calls/result-kind.ts'
import { recordAnswered, recordRefused } from '../calls/refused-call.ts'
import { watchStream } from '../calls/watch-stream.ts'
import type { EventMark } from '../decorators/mark.ts'
import { holdEnd } from './hold-end.ts'
import { isRefusal, refusalOfMiddleware } from './middleware-refusal.ts'
import type { Route, RouteHandler, RouteSearch } from './route.ts'
import { settleAfter } from './settle-after.ts'

/** The states of a handler that has begun, while its event is open. */
type Open = Exclude<HttpExchange['handler'], 'not-run'>
type State = 'unmatched' | 'skipped' | 'matched' | 'opening' | Open | 'repeatable' | 'settled'
const OPEN: ReadonlySet<State> = new Set<Open>(['running', 'returned', 'threw', 'streamed'])

/**
 * One HTTP request, from the first hook until both its handler and its response have ended. Its state:
 * - `unmatched`: it has not come to a route; a middleware may refuse it.
 * - `skipped`: a controller's route matched but passed the request on, because it is for another host or version.
 * - `matched`: it is in the guards, interceptors and pipes of a route. If it ends here, it was refused before the handler.
 * - `opening`: its handler is about to run, unless the attempt cannot be recorded.
 * - `running`: its handler has begun. An interceptor may run a handler again that threw.
 * - `returned`, `threw`: its handler has ended, and the response has not.
 * - `streamed`: its handler sends the response itself, or piece by piece: the end of the response is the end of the operation.
 * - `repeatable`: the failure of an attempt is recorded before the response. If the handler runs again, that is a new attempt.
 * - `settled`: its event is recorded or about to be, or it does not have one.
 */
export class AuditedRequest {
  readonly #binding: AuditBinding
  readonly #platform: RouteSearch
  readonly #request: any
  readonly #response: ServerResponse
  readonly #context: HttpContext<any>
  #state: State = 'unmatched'
  /** How the response ended. Independent of the state, because a handler may run on after it. */
  #end: 'sent' | 'aborted' | undefined
  /** The asynchronous context to record in, taken from the application at a point where it is known to be correct. */
  #surroundings: AdapterContext | undefined
  #route: Route | undefined
  readonly #skipped: Route[] = []
  #mark: EventMark | undefined
  #refusal: Refusal | undefined
  #call: MarkedCall | undefined
  #event: OpenEvent | undefined
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

  constructor(binding: AuditBinding, reader: RequestReader<any>, platform: RouteSearch, request: any, response: ServerResponse) {
    this.#binding = binding
    this.#platform = platform
    this.#request = request
    this.#response = response
    this.#context = new HttpContext(binding.audit, reader, request)
    // Not by `writableFinished`, which the response of Fastify's `inject()` does not have.
    response.once('finish', () => this.#guarded(() => this.#close('sent')))
    response.once('close', () => this.#guarded(() => this.#close('aborted')))
  }

  /** Runs a part of the request in its asynchronous context, whatever the current context is. */
  enter<T>(callback: () => T): T {
    const { audit } = this.#binding
    if (this.#surroundings) return currentRequest.run(this, () => internalsOf(audit).enter(this.#surroundings!, callback))
    return currentRequest.run(this, () =>
      audit.run(this.#context, () => {
        this.#surroundings = internalsOf(audit).context()
        return callback()
      }),
    )
  }

  match(route: Route): void {
    if (this.#state !== 'unmatched' && this.#state !== 'skipped') return
    this.#state = 'matched'
    this.#route = route
    this.#context.route = route.pattern
    const mark = route.markFor(this.#request.method)
    this.#mark = mark && 'name' in mark ? mark : undefined
  }

  /** The route passed the request on. After a controller's route, which was for another host or version, no other route is tried. */
  skip(): void {
    if (this.#state !== 'matched') return
    this.#skipped.push(this.#route!)
    this.#state = this.#route!.handler ? 'skipped' : 'unmatched'
    this.#route = this.#mark = this.#context.route = undefined
  }

  /** A guard ended the request. If the client had left by then, only this call can record that. */
  refuse(refusal: Refusal): void {
    this.#guarded(() => {
      this.#refusal = refusal
      if (this.#end && this.#state === 'matched') this.#recordRefused()
    })
  }

  /** Notes the error behind an error response. If the handler did not throw it, it occurred while the handler ran, or after it. */
  failAfterwards(error: unknown): void {
    if (this.#isOpen && this.#state !== 'threw') this.#responseError ??= { error }
  }

  /** True if this run of the handler is to be audited. An interceptor may retry a handler that threw: the last run counts. */
  opens(handler: RouteHandler): boolean {
    if (this.#mark === undefined || this.#route!.handler !== handler) return false
    return this.#state === 'matched' || this.#state === 'threw' || this.#state === 'repeatable'
  }

  /** Runs the handler with its event open. Throws 503 if a fail-closed event cannot be recorded. */
  handle(args: readonly unknown[], run: () => unknown): Promise<unknown> {
    // A lock or a queue may run a handler in the context of another request.
    return currentRequest.getStore() === this ? this.#handle(args, run) : this.enter(() => this.#handle(args, run))
  }

  async #handle(args: readonly unknown[], run: () => unknown): Promise<unknown> {
    const { audit } = this.#binding
    if (this.#state === 'threw') this.#state = 'running'
    else await this.#open(args)
    this.#thrown = undefined
    try {
      const returned = audit.run({ event: this.#event! }, run)
      this.#isAwaited = isPromise(returned)
      const result = await returned
      if (isObservableResult(result)) return this.#stream(result)
      if (isStreamed(result) || this.#isHijacked) this.#become('streamed')
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
    this.#surroundings = internalsOf(this.#binding.audit).context()
    this.#state = 'opening'
    this.#call = { binding: this.#binding, mark: this.#mark!, args, source: httpSource(this.#request) }
    this.#context.begin()
    this.#event = await openEvent(this.#call)
    this.#state = 'running'
    internalsOf(this.#binding.audit).openRequests.add(this.#settleAtClose)
    // A fail-closed event is recorded before its response, unless the handler sends that itself.
    if (this.#event.attempt !== undefined && !this.#isHijacked) holdEnd(this.#response, () => this.#settleUnlessRunning())
    this.#context.trace()
  }

  /** The operation of an Observable is done when it completes. If it is unsubscribed before its first value, the response decides. */
  #stream(stream: Observable<unknown>): Observable<unknown> {
    let last: unknown
    return watchStream(stream, this.#binding.audit, {
      next: (value) => (last = value),
      error: (error) => this.#threw(error),
      complete: () => this.#returned(last),
      end: () => {
        // An interceptor that takes one value then unsubscribes; a stream of messages is ended by its client.
        if (this.#state === 'running' && last !== undefined && !this.#route!.handler!.isSse) this.#returned(last)
        if (this.#state === 'running') this.#state = 'streamed'
        return this.#settleIfLast()
      },
    })
  }

  /** Takes the payload now, because the application may change the result of the handler afterwards. */
  #returned(result: unknown): void {
    if (!this.#become('returned')) return
    // A response that is already being sent comes from something else, such as a timeout.
    this.#handlerStatus = this.#response.headersSent ? 200 : this.#response.statusCode
    if (this.#handlerStatus < 400) this.#payload = this.#guarded(() => payloadOf(this.#call!, this.#event!, result))
  }

  #threw(error: unknown): void {
    if (!this.#become('threw')) this.#state = this.#afterFailure
    this.#thrown = { error }
    this.#isAnsweredBefore = this.#response.headersSent
  }

  /** The handler has ended. False if its event is settled already, because the audit was closed meanwhile. */
  #become(state: Open): boolean {
    if (this.#isOpen) this.#state = state
    return this.#isOpen
  }

  /** After the response no handler runs again. */
  get #afterFailure(): 'repeatable' | 'settled' {
    return this.#event?.attempt !== undefined && !this.#end ? 'repeatable' : 'settled'
  }

  get #isOpen(): boolean {
    return OPEN.has(this.#state)
  }

  /** The response has ended. If the handler is still running, its end or the end of the audit settles the event. */
  #close(end: 'sent' | 'aborted'): void {
    if (this.#end) return
    this.#end = end
    if (this.#isHijacked && this.#state === 'running' && end === 'sent') this.#state = 'streamed'
    if (this.#state === 'repeatable') this.#state = 'settled'
    const isRefused = this.#state === 'unmatched' || this.#state === 'skipped' || this.#state === 'matched'
    if (isRefused && end === 'sent') this.#recordRefused()
    else void this.#settleUnlessRunning()
  }

  /** Settles the event when the response is complete, after serializers and interceptors. A running handler settles it later. */
  #settleUnlessRunning(): Promise<void> | undefined {
    return this.#isOpen && this.#state !== 'running' ? this.#settle() : undefined
  }

  /** A fail-closed event is settled after a failure, before the handler may run again, and before a stream begins. */
  async #settleIfLast(): Promise<void> {
    const isDecided = this.#state !== 'returned' && this.#event?.attempt !== undefined && !this.#isHijacked
    if (isDecided || this.#end) await this.#settle()
  }

  /** Settles without waiting, because the audit is closing. */
  readonly #settleAtClose = (): void => void this.#settle({ waits: false })

  /** Records the outcome, once. Never rejects. */
  async #settle({ waits = true } = {}): Promise<void> {
    if (!this.#isOpen) return
    const handler = this.#state as Open
    this.#state = handler === 'threw' ? this.#afterFailure : 'settled'
    internalsOf(this.#binding.audit).openRequests.delete(this.#settleAtClose)
    const event = this.#event!
    const outcome = httpOutcome({
      handler: this.#isSentInVain(handler) ? 'returned' : handler,
      handlerStatus: this.#handlerStatus,
      status: this.#isAnsweredBefore ? 0 : this.#response.statusCode,
      isAborted: this.#end === 'aborted',
      thrown: this.#thrown ?? (handler === 'streamed' ? undefined : this.#responseError),
    })
    const settle = () => (event.settled ? undefined : settleEvent(event, outcome))
    await this.#guarded(() =>
      this.enter(() => {
        if (outcome.status !== 'success') return settle()
        const payload = this.#payload ?? payloadOf(this.#call!, event, undefined)
        return payload && waits ? settleAfter(payload, this.#binding.audit, () => this.enter(settle)) : settle()
      }),
    )
  }

  get #isHijacked(): boolean {
    return this.#route?.handler?.isHijacked === true
  }

  /**
   * The client disconnected, and a handler that sends the response itself had finished: it had sent the whole response, or its
   * promise had settled before any of the response was sent.
   */
  #isSentInVain(handler: Open): boolean {
    if (!this.#isHijacked || this.#end !== 'aborted' || handler !== 'streamed') return false
    return this.#response.writableEnded || (this.#isAwaited && !this.#response.headersSent)
  }

  /** Records a request that was refused before its handler. */
  #recordRefused(): void {
    const status = this.#response.statusCode
    const isMatched = this.#state === 'matched'
    let request = this.#request
    if (this.#state === 'unmatched') {
      const found = isRefusal(status) ? this.#platform.search(request, this.#skipped) : undefined
      if (!found) return
      request = found.request
      this.match(found.route)
    }
    this.#state = 'settled'
    if (!this.#mark) return
    const call = { binding: this.#binding, mark: this.#mark, args: [], source: httpSource(request) }
    const refusal = isMatched ? { refusal: this.#refusal } : refusalOfMiddleware(this.#request, this.#binding.audit)
    // A route without a controller has no audited handler: its response alone decides.
    const isAnswer = isMatched && !this.#route!.handler
    this.enter(() => (isAnswer ? recordAnswered(call, status) : recordRefused(call, { status, ...refusal })))
  }

  /** Keeps our errors away from listeners and hooks. */
  #guarded<T>(work: () => T): T | undefined {
    return guarded(this.#binding.audit, 'a request', work)
  }
}

/** The HTTP request of the current asynchronous context. */
export const currentRequest: AsyncLocalStorage<AuditedRequest> = new AsyncLocalStorage()
