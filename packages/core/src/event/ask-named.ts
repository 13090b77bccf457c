import { askNow, type Answer } from '../ask-now.ts'
import type { Reporter } from '../logger.ts'

/** What a late actor, tenant, request or trace is now. If it throws, or would say it later, the event goes on without. */
export function askNamed<T>(subject: string, late: () => T, reporter: Reporter): Answer<T> {
  const answer = askNow(late)
  if (answer.trouble) {
    reporter.warn(
      subject,
      `The function that names the ${subject} ${answer.trouble}; the event is recorded with the ${subject} unknown.`,
    )
  }
  return answer
}
