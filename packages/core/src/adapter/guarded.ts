import { classNameOf, involvesProxy } from '../copy/class-name.ts'
import { internalsOf } from './internals.ts'

/**
 * Runs our code where the framework or Node calls it: in a listener, a timer, a hook. Never throws and never returns a promise
 * that rejects, since either would end the process. A fault is reported on the audit's log, once a minute per `what`.
 */
export function guarded<T>(audit: object, what: string, work: () => T): T | undefined {
  try {
    const result = work()
    return result instanceof Promise ? (result.catch((error: unknown) => report(audit, what, error)) as T) : result
  } catch (error) {
    report(audit, what, error)
    return undefined
  }
}

/** Reports the class of the error only, because a message may quote the request. */
function report(audit: object, what: string, error: unknown): undefined {
  internalsOf(audit).reporter.error(
    `guarded ${what}`,
    `The adapter could not record ${what}: ${kindOf(error)}. The request continues, but its audit event may be missing. This is a bug: please report it.`,
  )
}

/** The class of a thrown value, or its type, never its message. Runs none of its code. */
export function kindOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return typeof error
  return involvesProxy(error) ? 'Proxy' : classNameOf(error)
}
