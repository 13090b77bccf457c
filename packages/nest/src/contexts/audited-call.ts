import type { OpenEvent } from '@audit/core'
import type { Observable } from 'rxjs'
import { openEvent, payloadOf, type MarkedCall } from '../calls/marked-call.ts'
import { isObservableResult } from '../calls/result-kind.ts'
import { watchStream } from '../calls/watch-stream.ts'

// In: a call of a marked method. Out: what it returned or threw, untouched, and one event that says so, or an attempt and its
// outcome. There is no response to wait for, so the call's own result settles it.

/** Runs `deed` with the event open. An event that must not go unrecorded and cannot be recorded rejects before `deed` runs. */
export async function auditedCall(call: MarkedCall, deed: () => unknown): Promise<unknown> {
  const event = await openEvent(call)
  let result: unknown
  try {
    result = await call.owner.audit.run({ event }, deed)
  } catch (error) {
    await settled(event, event.fail(error))
    throw error
  }
  if (isObservableResult(result)) return stream(result, call, event)
  await settled(event, succeed(call, event, result))
  return result
}

/** A handler that answers with a stream has done its deed when that has ended; the last value is its result. */
function stream(result: Observable<unknown>, call: MarkedCall, event: OpenEvent): Observable<unknown> {
  let last: unknown
  let outcome = () => event.fail(undefined, 'aborted')
  return watchStream(result, call.owner.audit, {
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

/** Only what must not go unrecorded keeps its caller waiting, and only within the audit's `maxWaitMs`. */
async function settled(event: OpenEvent, recorded: Promise<unknown>): Promise<void> {
  if (event.attempt !== undefined) await recorded
}
