import type { OpenEvent } from '@audit/core'
import type { Observable } from 'rxjs'
import { openEvent, payloadOf, type MarkedCall } from '../calls/marked-call.ts'
import { isObservableResult } from '../calls/result-kind.ts'
import { watchStream } from '../calls/watch-stream.ts'

// In: a call of a marked method. Out: its result or error, unchanged, and one event, or an attempt and its outcome. There is no
// response to wait for, so the result of the call settles the event.

/** Runs the operation with its event open. Rejects before the operation runs if a fail-closed event cannot be recorded. */
export async function auditedCall(call: MarkedCall, operation: () => unknown): Promise<unknown> {
  const event = await openEvent(call)
  let result: unknown
  try {
    result = await call.binding.audit.run({ event }, operation)
  } catch (error) {
    await settled(event, event.fail(error))
    throw error
  }
  if (isObservableResult(result)) return stream(result, call, event)
  await settled(event, succeed(call, event, result))
  return result
}

/** The operation of a handler that returns a stream is done when the stream has ended; the last value is the result. */
function stream(result: Observable<unknown>, call: MarkedCall, event: OpenEvent): Observable<unknown> {
  let last: unknown
  let outcome = () => event.fail(undefined, 'aborted')
  return watchStream(result, call.binding.audit, {
    next: (value) => (last = value),
    error: (error) => (outcome = () => event.fail(error)),
    complete: () => (outcome = () => succeed(call, event, last)),
    end: () => settled(event, outcome()),
  })
}

async function succeed(call: MarkedCall, event: OpenEvent, result: unknown): ReturnType<OpenEvent['succeed']> {
  await payloadOf(call, event, result)
  return event.succeed()
}

/** Only a fail-closed event makes the caller wait, at most the audit's `maxWaitMs`. */
async function settled(event: OpenEvent, recorded: Promise<unknown>): Promise<void> {
  if (event.attempt !== undefined) await recorded
}
