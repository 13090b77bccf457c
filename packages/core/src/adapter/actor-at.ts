import { askNamed } from '../event/ask-named.ts'
import type { Actor } from '../event/actor.ts'
import { actorOfUser } from './actor-of-user.ts'
import { kindOf } from './guarded.ts'
import { internalsOf } from './internals.ts'

/**
 * The actor that the application names, and the address of the request. Without one `{ authentication: 'none' }`. If the callback
 * throws or returns something that is not an object, that is reported and the actor is unknown. A user, which says nothing of
 * `authentication`, is read as `actorOfUser` reads it.
 */
export function actorAt(audit: object, ip: string | undefined, callback: () => unknown): Actor {
  const { reporter } = internalsOf(audit)
  const from = ip ? { ip } : {}
  const { value, trouble } = askNamed('actor', () => copyOf(callback()), reporter)
  if (trouble) return { authentication: 'unknown', ...from }
  if (value === undefined || value === null) return { authentication: 'none', ...from }
  if (typeof value === 'object') return { ...from, ...value }
  reporter.warn(
    'actor type',
    `The function that names the actor returned a ${kindOf(value)}. Return { authentication, id } or undefined; the event is recorded with the actor unknown.`,
  )
  return { authentication: 'unknown', ...from }
}

/** Getters of it run here, where they may throw. */
function copyOf(given: unknown): (Partial<Actor> & { readonly authentication: string }) | undefined | null {
  if (typeof given !== 'object' || given === null || given instanceof Promise) return given as never
  const { authentication } = given as Partial<Actor>
  return typeof authentication === 'string' ? { ...(given as Actor), authentication } : actorOfUser(given)
}

/**
 * The actor of a request, read twice: when its operation began, and now. A caller who was signed in and is not any more has
 * logged out. If a caller acts as another user now, the first actor counts.
 */
export function actorOfRequest(atBegin: Actor | undefined, now: Actor): Actor {
  if (atBegin?.id === undefined || atBegin.id === null) return now
  return sameId(atBegin.id, now.id) ? now : atBegin
}

/** Ids of databases are objects, each time another. */
function sameId(one: unknown, other: unknown): boolean {
  try {
    return one === other || String(one) === String(other)
  } catch {
    return false
  }
}
