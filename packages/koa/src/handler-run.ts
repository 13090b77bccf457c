import { isSignedOut, isUnauthenticated } from './passport.ts'
import { hasChosenStatus, isRedirect } from './koa-response.ts'
import type { SharedRequest } from './shared-request.ts'

/**
 * The run of the last function of an audited route, which does the operation. Its state:
 * - `not-run`: something else may answer instead of it.
 * - `running`: it has begun. If the audit closes now, the outcome is unknown.
 * - `returned`, `threw`: it has ended.
 */
export class HandlerRun {
  readonly #shared: SharedRequest
  #state: 'not-run' | 'running' | 'returned' | 'threw' = 'not-run'
  #status: number | undefined
  /** The answer of another audited route, to which the handler passed the request on. */
  #inner: { readonly status: number; readonly body: unknown } | undefined
  /** The error that the handler threw, or else the first error that was thrown around it. */
  thrown: { readonly error: unknown } | undefined

  constructor(shared: SharedRequest) {
    this.#shared = shared
  }

  get state(): 'not-run' | 'running' | 'returned' | 'threw' {
    return this.#state
  }

  /** The status that the handler itself chose. Undefined if it left that to others. */
  get status(): number | undefined {
    return this.#status
  }

  /** Runs the handler, and rejects as it does. */
  async run(handler: () => unknown): Promise<unknown> {
    this.#state = 'running'
    try {
      const result = await handler()
      this.#state = 'returned'
      // After a timeout the status is that of the timeout.
      const isOver = this.#shared.endStatus !== undefined
      this.#status = hasChosenStatus(this.#shared.ctx) && !isOver ? this.#ownStatus() : undefined
      return result
    } catch (error) {
      this.#state = 'threw'
      this.thrown = { error }
      throw error
    }
  }

  /** Runs all of a route: its functions may include a guard that refuses by a redirect, and any of them may do the operation. */
  async runUnwatched(next: () => Promise<unknown>): Promise<void> {
    await this.run(next)
    const { audit, ctx, context } = this.#shared
    if (isRedirect(ctx.status) && context.wasAnonymous && isSignedOut(audit, ctx)) this.#state = 'not-run'
  }

  /** Runs Passport as the last function of a route: the operation succeeded if it has signed the caller in. */
  async runGuard(guard: () => unknown): Promise<unknown> {
    const { ctx } = this.#shared
    const result = await guard()
    if (!isUnauthenticated(ctx)) {
      this.#state = 'returned'
      this.#status = ctx.status
    }
    return result
  }

  /** Called when another audited route, to which the handler passed the request on, has answered. */
  passedOn(): void {
    const { status, body } = this.#shared.ctx
    this.#inner = { status, body }
  }

  /** False for the body that another audited route has set. */
  isOwnBody(body: unknown): boolean {
    return this.#inner === undefined || this.#inner.body !== body
  }

  /** Ignores a status that another audited route has set. */
  #ownStatus(): number {
    const { status } = this.#shared.ctx
    return status === this.#inner?.status ? 200 : status
  }
}
