import type { HttpOutcome } from './http-outcome.ts'

/** What is used of an open event, of this copy of the package or another. */
interface Settleable {
  annotate(annotation: Pick<HttpOutcome, 'reason' | 'response'>): void
  succeed(payload?: unknown): Promise<unknown>
  fail(error?: unknown, reason?: string): Promise<unknown>
  deny(reason?: string, error?: unknown): Promise<unknown>
}

/** What is used of an audit. */
interface Recording {
  record(name: string, payload: unknown, options: object): Promise<unknown>
  denied(name: string, options: object): Promise<unknown>
}

/** Settles the event of a request. `payload` is that of a success. Never rejects. */
export function settleEvent(event: Settleable, outcome: HttpOutcome, payload?: unknown): Promise<unknown> {
  const { status, reason, error, response } = outcome
  if (response) event.annotate({ response })
  if (status === 'denied') return event.deny(reason, error)
  if (status === 'failure') return event.fail(error, reason)
  if (reason !== undefined) event.annotate({ reason })
  return event.succeed(payload)
}

/**
 * Records a request that has no open event, since nothing began it. Of denials without an `actor.id` the audit records only so many
 * a minute. Never rejects for journal trouble.
 */
export function recordOutcome(
  audit: Recording,
  name: string,
  { status, reason, error }: HttpOutcome,
  known: object = {},
): Promise<unknown> {
  const options = { ...known, reason, ...(error !== undefined && { error }) }
  if (status === 'denied') return audit.denied(name, { ...options, limited: true })
  return audit.record(name, null, { ...options, status })
}
