import { AsyncLocalStorage } from 'node:async_hooks'
import type { Audit, OpenEvent, Receipt } from '@audit/core'
import { ask, askLater, isDenial, reasonOfStatus, takesPayload } from '@audit/core/adapter'
import type { Context, Next } from 'koa'
import type { EventMark } from './mark.ts'
import { RequestContext, type RequestOptions } from './request-context.ts'
import type { Routes } from './routes.ts'

/** How long a route may go on after its caller is gone, before the event says no more than that. */
const ROUTE_GRACE_MS = 30_000

/** One request, from `auditMiddleware` to its answer or, if that is streamed, to the answer's end. */
export class AuditedRequest {
  readonly audit: Audit
  readonly #ctx: Context
  readonly #context: RequestContext
  /** Where to look for the route of a request that never came there; by the path that the routers would have seen. */
  readonly #searched: { readonly routes: Routes; readonly path?: string }[]
  /** `unopened`: no audited route was begun. `settled`: the event is recorded or about to be, or nothing can be. */
  #phase: 'unopened' | 'open' | 'settled' = 'unopened'
  #event: OpenEvent | undefined
  #mark: EventMark | undefined
  /** What the route threw, also if something on the way makes an answer of it; or the streamed body. */
  #thrown: { readonly error: unknown } | undefined
  /** What the payload will be. Undefined: not asked yet. */
  #payload: { readonly value: unknown } | undefined
  #isStreamed = false
  #isRunning = true

  constructor(audit: Audit, ctx: Context, routes: Routes, options: RequestOptions) {
    this.audit = audit
    this.#ctx = ctx
    this.#searched = [{ routes }]
    this.#context = new RequestContext(audit, ctx, options, (at) => routes.patternOf(at))
  }

  /** An application mounted in this one brings its own routers. */
  searchToo(routes: Routes): void {
    this.#searched.push({ routes, path: this.#ctx.path })
  }

  /** Runs all that comes after `auditMiddleware`. Rejects as that does. */
  serve(next: Next): Promise<void> {
    return this.audit.run(this.#context, async () => {
      try {
        await next()
      } catch (error) {
        await this.#answered(error)
        throw error
      }
      await this.#answered()
    })
  }

  /** Runs a route with its event open. Throws 503 if the event must not go unrecorded and cannot be recorded. */
  async handle(mark: EventMark, next: Next): Promise<void> {
    if (this.#phase !== 'unopened') return next()
    this.#phase = 'settled'
    this.#mark = mark
    this.#event = await this.#open(mark)
    this.#phase = 'open'
    // Sockets outlive requests, so what they tell is told in the context of none.
    this.#ctx.res.once(
      'close',
      AsyncLocalStorage.bind(() => this.#closed()),
    )
    try {
      await this.audit.run({ event: this.#event }, next)
    } catch (error) {
      this.#thrown = { error }
      throw error
    }
    // Something on the way out may wrap the body.
    if (this.#ctx.status < 400) this.#payload = { value: this.#askPayload() }
  }

  async #open(mark: EventMark): Promise<OpenEvent> {
    const { name, before: askBefore, failMode } = mark
    const before = askBefore && (await askLater(this.audit, `before of '${name}'`, () => askBefore(this.#ctx)))
    const target = this.#target(mark, this.#ctx)
    try {
      return await this.audit.begin(name, null, {
        attempted: 'if-closed',
        ...(failMode && { failMode }),
        ...defined({ before, target }),
      })
    } catch (error) {
      return this.#ctx.throw(503, 'This cannot be done while it cannot be recorded.', { expose: true, cause: error })
    }
  }

  /** The answer is made, if not yet sent. */
  async #answered(error?: unknown): Promise<void> {
    this.#isRunning = false
    if (this.#phase === 'unopened') return this.#recordUnopened(error)
    if (this.#phase !== 'open') return
    const { res, body, respond } = this.#ctx
    this.#isStreamed = error === undefined && (respond === false || isStream(body))
    if (this.#event!.attempt !== undefined) {
      // Only what must not go unrecorded keeps the answer waiting, and only within the audit's `maxWaitMs`.
      await this.#settle(error)
    } else if (!this.#isStreamed || res.closed) {
      void this.#settle(error)
    } else if (isNodeStream(body)) {
      body.once(
        'error',
        AsyncLocalStorage.bind((broken: unknown) => this.#broke(broken)),
      )
    }
  }

  #broke(error: unknown): void {
    if (this.#phase !== 'open') return
    if (!this.#isAborted) this.#thrown ??= { error }
    void this.#settle()
  }

  #closed(): void {
    if (this.#phase !== 'open') return
    if (!this.#isRunning) void this.#settle()
    else setTimeout(() => this.#phase === 'open' && void this.#settle(), ROUTE_GRACE_MS).unref()
  }

  get #isAborted(): boolean {
    const { res } = this.#ctx
    return res.closed && !res.writableFinished
  }

  #settle(error?: unknown): Promise<Receipt> {
    this.#phase = 'settled'
    return this.#outcome(this.#event!, error)
  }

  async #outcome(event: OpenEvent, error: unknown): Promise<Receipt> {
    const thrown = this.#thrown?.error ?? error
    const status = error === undefined ? this.#ctx.status : statusOf(error)
    // An error of the domain may become a denial on its way out.
    if (thrown !== undefined && (isDenial(statusOf(thrown)) || !isDenial(status))) return event.fail(thrown)
    if (this.#isAborted && (this.#isRunning || this.#isStreamed)) return event.fail(undefined, 'aborted')
    if (status >= 400) return event.fail({ kind: 'HttpStatus', status }, reasonOfStatus(status))
    // The deed is done; that its caller did not hear of it is told beside.
    if (this.#isAborted) event.annotate({ reason: 'aborted' })
    return event.succeed(event.settled ? undefined : await (this.#payload?.value ?? this.#askPayload()))
  }

  #askPayload(): unknown {
    const { name, payload } = this.#mark!
    if (payload) return askLater(this.audit, `the payload of '${name}'`, () => payload(this.#ctx))
    const { body } = this.#ctx
    return this.#event!.payload ?? (isMembers(body) && takesPayload(this.audit, name) ? body : undefined)
  }

  /** The route never ran, so all there is to tell is what was asked for, by whom, and that it came to nothing. */
  #recordUnopened(error: unknown): void {
    this.#phase = 'settled'
    const status = error === undefined ? this.#ctx.status : statusOf(error)
    if (status < 400) return
    for (const { routes, path = this.#ctx.path } of this.#searched) {
      const found = routes.find(this.#ctx, path)
      if (!found) continue
      this.#context.route = found.pattern
      const target = this.#target(found.mark, Object.assign(Object.create(this.#ctx) as Context, { params: found.params }))
      const known = { ...defined({ target }), error: error ?? { kind: 'HttpStatus', status } }
      if (isDenial(status)) {
        void this.audit.denied(found.mark.name, { ...known, reason: reasonOfStatus(status), limited: true })
      } else {
        const reason = this.#isAborted ? 'aborted' : reasonOfStatus(status)
        void this.audit.record(found.mark.name, null, { ...known, reason, status: 'failure' })
      }
      return
    }
  }

  #target({ name, target }: EventMark, ctx: Context) {
    return target && ask(this.audit, `the target of '${name}'`, () => target(ctx))
  }
}
