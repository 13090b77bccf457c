import { askNow } from '../ask-now.ts'
import { kindOf } from './guarded.ts'
import { internalsOf } from './internals.ts'

// Callbacks of the application that describe an event. They must not fail the request they describe, so what goes wrong in one is
// said in the log, once a minute, by the kind of the error: its message may quote the request.

/** What a callback answers at once. If it throws or answers with a promise, that is reported and the answer is undefined. */
export function ask<T>(audit: object, what: string, callback: () => T): T | undefined {
  const { value, trouble, error } = askNow(callback)
  if (trouble) report(audit, what, trouble === 'threw' ? `threw ${kindOf(error)}` : 'is asynchronous; it has to answer at once')
  return value
}

/**
 * What a callback answers, at once or later. Never rejects, and settles within the audit's `maxWaitMs`: a callback that throws, or
 * does not answer by then, is reported and there is no value. It holds up no request and no event for longer. The value is inside an
 * object, since a promise would ask it for `then` once more.
 */
export async function askLater<T>(audit: object, what: string, callback: () => T | Promise<T>): Promise<{ readonly value?: T }> {
  try {
    const answer = callback()
    if (!isThenable(answer)) return { value: answer as T }
    const given = Promise.resolve(answer)
    if (await internalsOf(audit).isDoneInTime(given)) return { value: await given }
    report(audit, what, "did not answer within the audit's maxWaitMs")
  } catch (error) {
    report(audit, what, `threw ${kindOf(error)}`)
  }
  return {}
}

/** As `await` sees it: a query of a database runs when its `then` is called. */
function isThenable(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  return typeof (value as { readonly then?: unknown }).then === 'function'
}

function report(audit: object, what: string, trouble: string): void {
  internalsOf(audit).reporter.warn(`callback ${what}`, `The callback for ${what} ${trouble}; the event is recorded without it.`)
}
