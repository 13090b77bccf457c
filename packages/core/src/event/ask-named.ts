import { askNow, type CallbackResult } from '../ask-now.ts'
import type { Reporter } from '../logger.ts'

/** Calls a late actor, tenant, request or trace. If it throws or returns a promise, the event is recorded without it. */
export function askNamed<T>(subject: string, late: () => T, reporter: Reporter): CallbackResult<T> {
  const answer = askNow(late)
  if (answer.trouble) {
    reporter.warn(subject, `The function for the ${subject} ${answer.trouble}; the event is recorded with an unknown ${subject}.`)
  }
  return answer
}
