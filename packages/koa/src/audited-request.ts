import type { Audit } from '@audit/core'
import { guarded, HttpContext, httpOutcome, internalsOf, recordOutcome, targetOfMark } from '@audit/core/adapter'
import type { AdapterContext, RequestReader } from '@audit/core/adapter'
import type { Context, Next } from 'koa'
import { AuditedRoute } from './audited-route.ts'
import { intendedRoute } from './intended-route.ts'
import { statusOfKoa } from './koa-response.ts'
import { isPassportGuard } from './passport.ts'
import { refusalOf } from './route-exchange.ts'
import type { EventMark } from './route-mark.ts'
import type { RouteFunction } from './router-shape.ts'
import type { MatchedRoute, Routes } from './routes.ts'
import type { SharedRequest } from './shared-request.ts'

/**
 * One request, from the outermost middleware to its response. `@koa/router` runs all routes that match it, one inside the other if
 * their handlers call `next()`. Each audited route has its own event.
 */
export class AuditedRequest implements SharedRequest {
  readonly audit: Audit
  readonly ctx: Context
  readonly context: HttpContext<Context>
  surroundings: AdapterContext | undefined
  endStatus: number | undefined
  isSent = false
  readonly #routes: Routes
  /** The original path, which routers, mounts and middleware may rewrite. */
  readonly #path: string
  readonly #opened: AuditedRoute[] = []
  /** The innermost audited route that runs. */
  #current: AuditedRoute | undefined
  #matched: MatchedRoute | undefined

  constructor(audit: Audit, reader: RequestReader<Context>, routes: Routes, ctx: Context) {
    this.audit = audit
    this.#routes = routes
    this.ctx = ctx
    this.#path = ctx.path
    this.context = new HttpContext(audit, reader, ctx)
  }

  /** Runs everything inside the outermost middleware. */
  serve(next: Next): Promise<void> {
    return this.audit.run(this.context, async () => {
      this.surroundings = internalsOf(this.audit).context()
      try {
        await next()
      } catch (error) {
        await guarded(this.audit, 'the end of a request', () => this.#end({ error }))
        throw error
      }
      await guarded(this.audit, 'the end of a request', () => this.#end())
    })
  }

  /** Runs a callback in the context of this request, from any context. */
  readonly within = <T>(callback: () => T): T => {
    const { context, enter } = internalsOf(this.audit)
    return context().request === this.context.request ? callback() : enter(this.surroundings!, callback)
  }

  /** Called when a router begins to run a route. */
  match(route: MatchedRoute, next: Next): Promise<unknown> {
    this.#matched = route
    return this.within(next)
  }

  /** Runs a route with its event open. Throws 503 if a fail-closed event cannot be recorded. */
  async open(mark: EventMark, ctx: Context, next: Next): Promise<unknown> {
    // A second mark in one route, or a route that the request reaches again.
    if (this.#opened.some((route) => route.isOf(this.#matched))) return next()
    const outer = this.#current
    const route = new AuditedRoute(this, mark, this.#matched, this.#routes.patternOf(ctx))
    this.#opened.push(route)
    this.#current = route
    try {
      return await this.within(() => route.open(ctx, next))
    } finally {
      this.#current = outer
      outer?.resume()
    }
  }

  /** Runs the last function of an audited route, which does the operation. */
  handle(ctx: Context, handler: RouteFunction, next: Next): unknown {
    const route = this.#current
    if (!route?.isWaiting || !route.isOf(this.#matched)) return handler(ctx, next)
    if (isPassportGuard(handler)) return route.run.runGuard(() => handler(ctx, next))
    const passOn = () => next().finally(() => this.#isElsewhere(route) && route.run.passedOn())
    return this.within(() => route.run.run(() => handler(ctx, passOn)))
  }

  /** Called when the handler of a route has passed the request on to another audited route. */
  #isElsewhere(route: AuditedRoute): boolean {
    const matched = this.#matched
    const mark = matched && !route.isOf(matched) && this.#routes.markOf(matched, this.ctx.method)
    return Boolean(mark && 'name' in mark)
  }

  async #end(thrown?: { readonly error: unknown }): Promise<void> {
    this.endStatus = thrown ? statusOfKoa(thrown.error) : this.ctx.status
    this.isSent = this.ctx.headerSent
    const isOpened = this.#opened.some((route) => route.isOf(this.#matched))
    if (!isOpened) this.#endRefused(thrown)
    // The innermost route ended first.
    await Promise.all(this.#opened.toReversed().map((route) => route.end(thrown)))
  }

  /** Middleware with `ctx.respond = false` may answer later. If the client disconnects before that, nothing was refused. */
  #endRefused(thrown: { readonly error: unknown } | undefined): void {
    const { res, respond } = this.ctx
    if (thrown || respond !== false || res.headersSent) return this.#recordRefused(this.endStatus!, thrown)
    res.once('close', () =>
      guarded(this.audit, 'the end of a request', () => res.headersSent && this.#recordRefused(res.statusCode, undefined)),
    )
  }

  /** Records the refusal of a route that was never opened, with the request and its actor. */
  #recordRefused(status: number, thrown: { readonly error: unknown } | undefined): void {
    const { audit, ctx } = this
    const found = intendedRoute(this.#routes, ctx, {
      path: this.#path,
      matched: this.#matched,
      status,
      isThrown: !!thrown,
      isSent: this.isSent,
    })
    if (!found) return
    this.context.route = found.pattern
    const target = targetOfMark(audit, found.mark, Object.assign(Object.create(ctx) as Context, { params: found.params }))
    const outcome = httpOutcome({ handler: 'not-run', status, thrown, ...refusalOf(this, thrown) })
    const known = target === undefined ? {} : { target }
    void this.within(() => recordOutcome(audit as never, found.mark.name, outcome, known)).catch(() => undefined)
  }
}
