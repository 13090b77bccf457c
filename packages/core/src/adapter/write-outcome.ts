import type { HttpOutcome } from './http-outcome.ts'

/** The part of an open event that is used here, from this copy of the package or another. */
interface Settleable {
  annotate(annotation: Pick<HttpOutcome, 'reason' | 'response'>): void
  succeed(payload?: unknown): Promise<unknown>
  fail(error?: unknown, reason?: string): Promise<unknown>
  deny(reason?: string, error?: unknown): Promise<unknown>
}

/** The part of an audit that is used here. */
interface Recording {
  record(name: string, payload: unknown, options: object): Promise<unknown>
  denied(name: string, options: object): Promise<unknown>
}

/** Settles the event of a request. `payload` is the payload of a success. Never rejects. */
export function settleEvent(event: Settleable, outcome: HttpOutcome, payload?: unknown): Promise<unknown> {
  const { status, reason, error, response } = outcome
  if (response) event.annotate({ response })
  if (status === 'denied') return event.deny(reason, error)
  if (status === 'failure') return event.fail(error, reason)
  if (reason !== undefined) event.annotate({ reason })
  return event.succeed(payload)
}

/**
 * Records a request that has no open event, because none was begun for it. The audit records only a limited number of denials
 * without an `actor.id` per minute. Never rejects for journal trouble.
 */
export function recordOutcome(
  audit: Recording,
  name: string,
  { status, reason, error }: HttpOutcome,
  known: object = {},
): Promise<unknown> {
  const options = { ...known, linger: true, reason, ...(error !== undefined && { error }) }
  if (status === 'denied') return audit.denied(name, { ...options, limited: true })
  return audit.record(name, null, { ...options, status })
}
