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

/** What a callback answers, at once or later. Never rejects: if it does, that is reported and the answer is undefined. */
export async function askLater<T>(audit: object, what: string, callback: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await callback()
  } catch (error) {
    report(audit, what, `threw ${kindOf(error)}`)
    return undefined
  }
}

function report(audit: object, what: string, trouble: string): void {
  internalsOf(audit).reporter.warn(`callback ${what}`, `The callback for ${what} ${trouble}; the event is recorded without it.`)
}
