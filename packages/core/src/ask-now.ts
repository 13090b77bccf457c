import { types } from 'node:util'
import type { Reporter } from './logger.ts'

/** The result of an application's callback, or why it has no result. */
export type CallbackResult<T> =
  | { readonly value: T; readonly trouble?: never; readonly error?: never }
  | { readonly value?: never; readonly trouble: 'threw' | 'is asynchronous'; readonly error?: unknown }

/** Calls a callback that must answer at once. Never throws; a promise is not awaited, and its rejection ends no process. */
export function askNow<T>(callback: () => T): CallbackResult<T> {
  try {
    const value = callback()
    if (!types.isPromise(value)) return { value }
    value.catch(() => undefined)
    return { trouble: 'is asynchronous' }
  } catch (error) {
    return { trouble: 'threw', error }
  }
}

/** Calls a late actor, tenant, request or trace. If it throws or returns a promise, the event is recorded without it. */
export function askNamed<T>(subject: string, late: () => T, reporter: Reporter): CallbackResult<T> {
  const answer = askNow(late)
  if (answer.trouble) {
    reporter.warn(subject, `The function for the ${subject} ${answer.trouble}; the event is recorded with an unknown ${subject}.`)
  }
  return answer
}
