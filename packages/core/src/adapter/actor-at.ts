import { askNamed } from '../event/ask-named.ts'
import type { Actor } from '../event/actor.ts'
import { internalsOf } from './internals.ts'

/** Who the application says acts, and from where. If its callback throws, only where they came from is known. */
export function actorAt(audit: object, ip: string | undefined, callback: () => Actor | undefined): Actor {
  const { value, trouble } = askNamed('actor', callback, internalsOf(audit).reporter)
  return { authentication: trouble ? 'unknown' : 'none', ...(ip && { ip }), ...value }
}
