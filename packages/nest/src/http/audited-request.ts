import type { ServerResponse } from 'node:http'
import type { OpenEvent } from '@audit/core'
import { asAnswered, reasonOfStatus } from '@audit/core/adapter'
import { isObservable, type Observable } from 'rxjs'
import { httpSource } from '../calls/call-source.ts'
import type { Owner } from '../calls/owner.ts'
import { openEvent, payloadOf, type MarkedCall } from '../calls/marked-call.ts'
import type { EventMark } from '../decorators/mark.ts'
import { recordAnswered, recordUnopened, type Refusal } from '../calls/unopened.ts'
import { currentRequest, type Platform } from './platform.ts'
import { RequestContext } from './request-context.ts'
import { isStreamed, type RouteHandler } from './route-handler.ts'
import type { Route } from './route.ts'
import { watchStream } from '../calls/watch-stream.ts'

/** How long a handler may go on after its caller is gone, before the event says no more than that. */
const HANDLER_GRACE_MS = 30_000

/**
 * How far a request has come. `unreached`: no route has it, or a middleware refused it before. `passed-on`: a route had it, and was
 * not for it. `reached`: its guards, interceptors and pipes are at it. `open`: its handler was begun. `settled`: its event is
 * recorded or about to be, or nothing can be.
 */
type Phase = 'unreached' | 'passed-on' | 'reached' | 'open' | 'settled'

/** One HTTP request, from the first hook to the close of its response, which decides what is recorded. */
export class AuditedRequest {
  readonly #owner: Owner
  readonly #platform: Platform
  readonly #request: any
  readonly #response: ServerResponse
  /** Middleware of Express rewrites it while it runs. */
  readonly #url: string
  readonly #context: RequestContext
  #phase: Phase = 'unreached'
  #route: Route | undefined
  #mark: EventMark | undefined
  #refusal: Refusal | undefined
  #call: MarkedCall | undefined
  #event: OpenEvent | undefined
  /** What the handler threw, also if something makes an answer of it. */
  #thrown: { readonly error: unknown } | undefined
  #result: unknown
  /** `running`, `streaming`: the deed may still come to its end, or break. */
  #deed: 'running' | 'streaming' | 'done' = 'running'
  #isClosed = false
  #isAborted = false

  constructor(owner: Owner, platform: Platform, request: any, response: ServerResponse) {
    this.#owner = owner
    this.#platform = platform
    this.#request = request
    this.#response = response
    this.#url = request.url
    this.#context = new RequestContext(owner, request)
    // Not by `writableFinished`: what Fastify's `inject()` passes for a response does not have it.
    response.once('finish', () => this.#close({ isAborted: false })).once('close', () => this.#close({ isAborted: true }))
  }

  enter<T>(callback: () => T): T {
    return currentRequest.run(this, () => this.#owner.audit.run(this.#context, callback))
  }

  reach(route: Route): void {
    if (this.#phase !== 'unreached' && this.#phase !== 'passed-on') return
    this.#phase = 'reached'
    this.#route = route
    this.#context.route = route.pattern
    const mark = route.markFor(this.#request.method)
    this.#mark = mark && 'name' in mark ? mark : undefined
  }

  /** The route was not for this request after all. */
  passOn(): void {
    if (this.#phase === 'reached') this.#phase = 'passed-on'
    this.#route = this.#mark = this.#context.route = undefined
  }

  /** A guard said no. An answer to a request that has none any more tells nothing, so it is recorded at once. */
  refuse(refusal: Refusal): void {
    this.#refusal = refusal
    if (this.#isClosed) this.#recordUnopened()
  }

  opens(handler: RouteHandler): boolean {
    return this.#phase === 'reached' && this.#mark !== undefined && this.#route!.handler === handler
  }

  /** Runs the handler with its event open. Throws 503 if the event must not go unrecorded and cannot be recorded. */
  async handle(args: readonly unknown[], deed: () => unknown): Promise<unknown> {
    this.#call = { owner: this.#owner, mark: this.#mark!, args, source: httpSource(this.#request) }
    this.#phase = 'settled'
    this.#event = await openEvent(this.#call)
    this.#phase = 'open'
    this.#context.trace()
    try {
      const result = await this.#owner.audit.run({ event: this.#event }, deed)
      if (isObservable(result)) return this.#stream(result)
      this.#result = result
      this.#deed = isStreamed(result) || this.#route!.handler!.isHijacked ? 'streaming' : 'done'
    } catch (error) {
      this.#thrown = { error }
      this.#deed = 'done'
    }
    // A response that must not go out unrecorded waits; one that the handler sends itself cannot.
    const waits = this.#event.attempt !== undefined && !this.#route!.handler!.isHijacked
    if (waits || this.#isClosed) await this.#settle()
    if (this.#thrown) throw this.#thrown.error
    return this.#result
  }

  #stream(stream: Observable<unknown>): Observable<unknown> {
    this.#deed = 'streaming'
    return watchStream(stream, {
      next: (value) => (this.#result = value),
      error: (error) => (this.#thrown = { error }),
      complete: () => (this.#deed = 'done'),
      end: async () => (this.#event!.attempt !== undefined || this.#isClosed) && (await this.#settle()),
    })
  }

  #close({ isAborted }: { readonly isAborted: boolean }): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#isAborted = isAborted
    if (this.#phase === 'open') {
      // What the service answered is what happened. If nobody was there to be answered, the handler knows.
      if (!this.#isAborted || this.#deed !== 'running') void this.#settle()
      else setTimeout(() => void this.#settle(), HANDLER_GRACE_MS).unref()
    } else if (this.#phase !== 'settled' && !this.#isAborted) {
      this.#recordUnopened()
    }
  }

  #settle(): Promise<unknown> {
    this.#phase = 'settled'
    return this.enter(() => this.#outcome(this.#event!))
  }

  async #outcome(event: OpenEvent): Promise<unknown> {
    if (event.settled) return
    if (this.#thrown) return event.fail(asAnswered(this.#thrown.error, this.#isAborted ? 0 : this.#response.statusCode))
    if (this.#isAborted && this.#deed !== 'done') return event.fail(undefined, 'aborted')
    const status = this.#response.statusCode
    if (status >= 400 && !this.#isAborted) return event.fail({ kind: 'HttpStatus', status }, reasonOfStatus(status))
    // The deed is done; that its caller did not hear of it is told beside.
    if (this.#isAborted) event.annotate({ reason: 'aborted' })
    return event.succeed(await payloadOf(this.#call!, event, this.#deed === 'streaming' ? undefined : this.#result))
  }

  #recordUnopened(): void {
    const status = this.#response.statusCode
    let request = this.#request
    if (this.#phase === 'unreached') {
      if (status < 400) return
      const found = this.#platform.search(request, this.#url)
      if (!found) return
      request = found.request
      this.reach(found.route)
    }
    this.#phase = 'settled'
    if (!this.#mark) return
    const call = { owner: this.#owner, mark: this.#mark, args: [], source: httpSource(request) }
    // A route that no controller made has no handler to be opened: its answer is all there is.
    const isAnswered = !this.#route!.handler && !this.#refusal && status < 400
    this.enter(() => (isAnswered ? recordAnswered(call) : recordUnopened(call, { status, refusal: this.#refusal })))
  }
}
