import type { DeniedOptions } from '@audit/core'
import { isDenial, kindOf, reasonOfStatus } from '@audit/core/adapter'
import { openEvent, payloadOf, targetOf, type MarkedCall } from './marked-call.ts'

/** A guard said no, by the name of its class; or threw. */
export interface Refusal {
  readonly guard: string
  readonly error?: unknown
}

export interface Unopened {
  readonly refusal?: Refusal | undefined
  /** What was thrown by a pipe or an interceptor. */
  readonly error?: unknown
  /** The final status of an HTTP response. */
  readonly status?: number
}

/**
 * Records a call whose method never ran: what was asked for, by whom, and that it came to nothing. In the context of the call. A
 * flood of denials of nobody in particular is limited.
 */
export function recordUnopened(call: MarkedCall, { refusal, error = refusal?.error, status = statusOf(error) }: Unopened): void {
  const { audit } = call.owner
  const { name } = call.mark
  const told = error ?? (status >= 400 ? { kind: 'HttpStatus', status } : undefined)
  const known = { target: targetOf(call), error: told } as Pick<DeniedOptions, 'target' | 'error'>
  if (refusal ? isRefusal(refusal) : isDenial(status)) {
    void audit.denied(name, { ...known, reason: refusal?.guard ?? reasonOfStatus(status), limited: true })
    return
  }
  // A response that was cached, or an error that a filter made an answer of: the deed was not done here.
  const reason = error !== undefined ? kindOf(error) : status >= 400 ? reasonOfStatus(status) : 'handler-not-run'
  void audit.record(name, null, { ...known, status: 'failure', reason })
}

/** Records a call of something we do not run ourselves, which was answered well. */
export async function recordAnswered(call: MarkedCall): Promise<void> {
  const event = await openEvent(call).catch(() => undefined)
  await event?.succeed(await payloadOf(call, event, undefined))
}

/** Guards of messages throw errors without a status to say no. Any other throw is the guard's own failure. */
function isRefusal({ error }: Refusal): boolean {
  if (error === undefined) return true
  return typeof (error as { readonly getError?: unknown } | null)?.getError === 'function' || isDenial(statusOf(error))
}

function statusOf(error: unknown): number {
  const { status, getStatus } = (error ?? {}) as { readonly status?: unknown; readonly getStatus?: () => unknown }
  return Number(typeof getStatus === 'function' ? getStatus.call(error) : status)
}
