import type { HttpExchange } from '@audit/core/adapter'
import type { HandlerRun } from './handler-run.ts'
import { hasAnswered } from './koa-response.ts'
import { isSignedOut } from './passport.ts'
import { isStreamed } from './response-body.ts'
import type { SharedRequest } from './shared-request.ts'

// In: how the handler of a route and Koa's response ended. Out: the exchange from which core decides the outcome.

/** How far the request of an audited route came. `isAnswered`: the whole response was sent. */
export function exchangeOf(shared: SharedRequest, run: HandlerRun, status: number, isAnswered: boolean): HttpExchange {
  const { res, body, respond } = shared.ctx
  const { state, thrown } = run
  const isAborted = res.closed && !isAnswered
  const facts = { status, isAborted, thrown }
  if (state === 'not-run') return { ...facts, handler: state, ...refusalOf(shared, thrown) }
  if (state !== 'returned') return { ...facts, handler: state }
  if (isStreamed(body)) return { ...facts, handler: 'streamed' }
  if (respond === false) return { handler: 'streamed', status, isAborted }
  // A handler may leave the body to a middleware that renders it. If no middleware does, the request failed.
  const isUnanswered = run.status === undefined && status === 404 && !thrown
  return { ...facts, handler: 'returned', handlerStatus: run.status ?? (isUnanswered ? 404 : 200) }
}

/** The refusal of a request whose handler did not run. */
export function refusalOf(
  { audit, ctx, isSent }: SharedRequest,
  thrown: { readonly error: unknown } | undefined,
): Pick<HttpExchange, 'refusal' | 'isUnauthenticated'> {
  return {
    ...((thrown || isSent || hasAnswered(ctx)) && { refusal: { by: 'middleware' } }),
    isUnauthenticated: isSignedOut(audit, ctx),
  }
}
