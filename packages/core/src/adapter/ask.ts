import { askNow } from '../ask-now.ts'
import { kindOf } from './guarded.ts'
import { internalsOf } from './internals.ts'

// Callbacks of the application describe an event. They must not fail the request that they describe, so their errors are
// logged, once a minute, by the class of the error: its message may quote the request.

/** The value of a callback. Undefined if it throws or returns a promise, which is reported. */
export function ask<T>(audit: object, what: string, callback: () => T): T | undefined {
  const { value, trouble, error } = askNow(callback)
  if (trouble) report(audit, what, trouble === 'threw' ? `threw ${kindOf(error)}` : 'returned a promise instead of a value')
  return value
}

/**
 * The value or the resolved value of a callback. Never rejects, and settles within the audit's `maxWaitMs`, so it delays no
 * request and no event for longer. If the callback throws or is not done by then, that is reported and there is no value. The
 * value is inside an object, because a promise would read its `then` again.
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

/** Tests it as `await` does: a database query runs when its `then` is called. */
function isThenable(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  return typeof (value as { readonly then?: unknown }).then === 'function'
}

function report(audit: object, what: string, trouble: string): void {
  internalsOf(audit).reporter.warn(`callback ${what}`, `The callback for ${what} ${trouble}; the event is recorded without it.`)
}
