import { askNow } from '../ask-now.ts'
import type { Actor } from '../event/actor.ts'
import { internalsOf } from './internals.ts'

/** Who the application says acts, and from where. If its callback throws, only where they came from is known. */
export function actorAt(audit: object, ip: string | undefined, callback: () => Actor | undefined): Actor {
  const { value, trouble } = askNow(callback)
  if (trouble) {
    internalsOf(audit).reporter.warn(
      'actor',
      `The function that names the actor ${trouble}; the event is recorded with the actor unknown.`,
    )
  }
  return { authentication: trouble ? 'unknown' : 'none', ...(ip && { ip }), ...value }
}
