import { data, involvesProxy } from '../copy/class-name.ts'
import { describeError } from '../event/event-error.ts'
import { kindOf } from './guarded.ts'

// In: how far an HTTP request came, as an adapter saw it. Out: the outcome in its event. All adapters use this rule: the handler
// decides if the operation was done. Only if it did not run, the response decides, or the guard that refused.

/** How far a request came in the end. */
export interface HttpExchange {
  /**
   * `not-run`: a guard, a middleware, a pipe or a cache answered instead. `running`: the audit is closed meanwhile. `streamed`:
   * the operation was to send the response itself, and that has ended. `returned`, `threw`: it ended before the response did.
   */
  readonly handler: 'not-run' | 'running' | 'streamed' | 'returned' | 'threw'
  /** The status that the handler itself chose, as it was when the handler returned. Left out if only the response shows it. */
  readonly handlerStatus?: number | undefined
  /** The status of the response. */
  readonly status: number
  /** The client left, or the connection broke, before the whole response was sent. */
  readonly isAborted?: boolean | undefined
  /** The error that the handler threw, or that was thrown instead of it or after it. */
  readonly thrown?: { readonly error: unknown } | undefined
  /** The stage that refused a request whose handler did not run, if that is known. */
  readonly refusal?: Refusal | undefined
  /** The application's authentication says that the caller is not signed in. Makes a redirect before the handler a denial. */
  readonly isUnauthenticated?: boolean | undefined
}

export interface Refusal {
  /** Any refusal of a guard is a denial. A middleware may also find a request malformed. */
  readonly by: 'guard' | 'middleware'
  /** The name of the guard's class; the reason of the denial. */
  readonly name?: string | undefined
  /** The guard threw instead of returning false: an exception that refuses, or the error of a fault. */
  readonly thrown?: { readonly error: unknown } | undefined
}

/** The outcome of a request, as its event records it. */
export interface HttpOutcome {
  readonly status: 'success' | 'failure' | 'denied'
  readonly reason?: string
  readonly error?: unknown
  /** The operation was done, and its response failed afterwards. */
  readonly response?: { readonly status?: number; readonly error?: unknown }
}

/**
 * Statuses by which a middleware says "not you" or "not now": payment required, hidden, proxy authentication, too many requests,
 * legal reasons. The other 4xx say that the request is malformed, or conflicts with something: a failure.
 */
const REFUSALS: ReadonlySet<number> = new Set([401, 402, 403, 404, 407, 429, 451])

/** True if the status means that the caller is not allowed. */
export function isDenial(status: number): boolean {
  return status === 401 || status === 403
}

/** The short code for a response if only its status is known: `unauthenticated`, `forbidden`, `status-409`. */
export function reasonOfStatus(status: number): string {
  return status === 401 ? 'unauthenticated' : status === 403 ? 'forbidden' : `status-${status}`
}

/** Decides the recorded outcome of a request. Total: every combination has an outcome. */
export function httpOutcome(exchange: HttpExchange): HttpOutcome {
  switch (exchange.handler) {
    case 'returned':
      return outcomeOfReturned(exchange)
    case 'threw':
      return outcomeOfThrown(exchange.thrown?.error, exchange.isAborted ? 0 : exchange.status)
    case 'streamed':
      if (exchange.thrown) return outcomeOfThrown(exchange.thrown.error, 0)
      return exchange.isAborted ? { status: 'failure', reason: 'aborted' } : outcomeOfStatus(exchange.status)
    case 'running':
      return { status: 'failure', reason: 'abandoned', ...lateResponse(exchange) }
    case 'not-run':
      return outcomeOfNotRun(exchange)
  }
}

function outcomeOfReturned(exchange: HttpExchange): HttpOutcome {
  const { handlerStatus = exchange.status, isAborted } = exchange
  if (handlerStatus >= 400) return outcomeOfStatus(handlerStatus)
  return { status: 'success', ...(isAborted && { reason: 'aborted' }), ...lateResponse(exchange) }
}

/** The failure after the handler. If a response was cut off, the client saw no status. */
function lateResponse({ status, isAborted, thrown }: HttpExchange): Pick<HttpOutcome, 'response'> {
  const seen = status >= 400 && !isAborted
  if (!seen && !thrown) return {}
  return { response: { ...(seen && { status }), ...(thrown && { error: thrown.error }) } }
}

function outcomeOfStatus(status: number): HttpOutcome {
  if (status < 400) return { status: 'success' }
  return {
    status: isDenial(status) ? 'denied' : 'failure',
    reason: reasonOfStatus(status),
    error: { kind: 'HttpStatus', status },
  }
}

/** An error of the application's own that was answered with 401 or 403 is a denial as well. */
function outcomeOfThrown(error: unknown, status: number): HttpOutcome {
  if (isDenial(status)) return { status: 'denied', reason: reasonOfStatus(status), error: { kind: kindOf(error), status } }
  const { status: own = 0, code, kind } = describeError(error)
  return isDenial(own)
    ? { status: 'denied', reason: reasonOfStatus(own), error }
    : { status: 'failure', reason: code ?? kind, error }
}

function outcomeOfNotRun(exchange: HttpExchange): HttpOutcome {
  const { refusal, isAborted } = exchange
  const thrown = refusal?.thrown ?? exchange.thrown
  const status = (thrown && statusOfError(thrown.error)) ?? exchange.status
  const error = thrown ? thrown.error : { kind: 'HttpStatus', status }
  const known = thrown || status >= 400 ? { error } : {}
  if (refusal?.by === 'guard' && isRefusedByGuard(refusal)) {
    return { status: 'denied', reason: refusal.name ?? reasonOfStatus(status), ...known }
  }
  if (isDenial(status) || (refusal?.by === 'middleware' && REFUSALS.has(status))) {
    return { status: 'denied', reason: reasonOfStatus(status), ...known }
  }
  if (thrown) return outcomeOfThrown(thrown.error, 0)
  if (isAborted) return { status: 'failure', reason: 'aborted' }
  if (status >= 400) return { status: 'failure', reason: reasonOfStatus(status), ...known }
  if (status >= 300 && exchange.isUnauthenticated) return { status: 'denied', reason: 'unauthenticated' }
  return { status: 'failure', reason: 'handler-not-run' }
}

/**
 * A guard refuses by returning false, or by throwing an HTTP exception below 500, which some applications answer with 200; it
 * refuses a message by an error of the transport, which has no status. Any other error, such as the 404 of a service that the
 * guard calls, is a failure of the guard. Exceptions are recognized by their methods, because they may come from another copy of
 * Nest.
 */
function isRefusedByGuard({ thrown }: Refusal): boolean {
  if (!thrown) return true
  const status = statusOfError(thrown.error)
  if (status === undefined) return hasMethod(thrown.error, 'getError')
  return isDenial(status) || (hasMethod(thrown.error, 'getResponse') && status < 500)
}

/** Runs none of the error's code. */
function hasMethod(error: unknown, name: string): boolean {
  return isObject(error) && !involvesProxy(error) && typeof data(error, name) === 'function'
}

/** The HTTP status that an error carries as `status` or `statusCode`. */
export function statusOfError(error: unknown): number | undefined {
  return describeError(error).status
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
