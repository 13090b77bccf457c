/** The waits before a batch that was not stored is tried again. */
export interface RetryPolicy {
  /** The bound of the first wait; each later one doubles it. */
  readonly minDelayMs: number
  /** The largest bound. A longer wait spares a destination that is down, and notices later that it is back. */
  readonly maxDelayMs: number
  /** Time limit of one try. */
  readonly deadlineMs: number
}

/**
 * Fifteen seconds are what proxies and receivers give a request; a minute between tries finds a sink that is back soon enough.
 */
export const defaultRetryPolicy: RetryPolicy = { minDelayMs: 500, maxDelayMs: 60_000, deadlineMs: 15_000 }

/** Bounds of the delay that a destination may ask for. */
const MIN_RETRY_AFTER_MS = 1_000
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1_000

/**
 * Exponential backoff with full jitter (M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015): random
 * between zero and the doubled bound, so that many writers do not come back at once. `failures` counts from 1.
 */
export function retryDelayMs(policy: RetryPolicy, failures: number, random: number, retryAfterMs?: number): number {
  if (retryAfterMs !== undefined && Number.isFinite(retryAfterMs)) {
    return Math.min(MAX_RETRY_AFTER_MS, Math.max(MIN_RETRY_AFTER_MS, retryAfterMs))
  }
  return Math.ceil(random * Math.min(policy.maxDelayMs, policy.minDelayMs * 2 ** Math.min(failures - 1, 30)))
}
