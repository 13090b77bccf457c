import { guarded, httpOutcome, recordOutcome, settleEvent, type HttpExchange } from '@audit/core/adapter'
import { openEvent, payloadOf, targetOf, type MarkedCall } from './marked-call.ts'

/**
 * Records a call whose method never ran, with the reason. To be called in the context of the call. A flood of anonymous denials is
 * limited.
 */
export function recordRefused(call: MarkedCall, facts: Omit<HttpExchange, 'handler'>): void {
  const outcome = httpOutcome({ handler: 'not-run', ...facts })
  void recordOutcome(call.binding.audit, call.mark.name, outcome, { target: targetOf(call) })
}

/** Records a call of a route that has no controller, by its response alone. */
export function recordAnswered(call: MarkedCall, status: number): void {
  const { audit } = call.binding
  const outcome = httpOutcome({ handler: 'streamed', status })
  if (outcome.status !== 'success') return void recordOutcome(audit, call.mark.name, outcome, { target: targetOf(call) })
  void guarded(audit, 'a request', async () => {
    const event = await openEvent(call)
    await payloadOf(call, event, undefined)
    await settleEvent(event, outcome)
  })
}
