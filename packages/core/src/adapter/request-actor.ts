import { askNamed } from '../ask-now.ts'
import type { Actor } from '../event/actor.ts'
import { kindOf } from './guarded.ts'
import { internalsOf } from './internals.ts'

/**
 * The actor that the application's callback returns, with the address of the request. `{ authentication: 'none' }` if it returns
 * none. If the callback throws or returns anything but an object, that is reported and the actor is unknown. An object without
 * `authentication` is read as a user, with `actorOfUser`.
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
    `The function for the actor returned a ${kindOf(value)}, so the event has an unknown actor. Return { authentication, id } or undefined.`,
  )
  return { authentication: 'unknown', ...from }
}

/** Runs the getters of the actor here, because they may throw. */
function copyOf(given: unknown): (Partial<Actor> & { readonly authentication: string }) | undefined | null {
  if (typeof given !== 'object' || given === null || given instanceof Promise) return given as never
  const { authentication } = given as Partial<Actor>
  return typeof authentication === 'string' ? { ...(given as Actor), authentication } : actorOfUser(given)
}

/**
 * The actor of a request, read twice: when its operation began, and now. A caller who was signed in and no longer is has
 * logged out. If a caller acts as another user now, the first actor counts.
 */
export function actorOfRequest(atBegin: Actor | undefined, now: Actor): Actor {
  if (atBegin?.id === undefined || atBegin.id === null) return now
  return sameId(atBegin.id, now.id) ? now : atBegin
}

/** True for the same id as text: some databases return a new object for the same id each time. */
function sameId(one: unknown, other: unknown): boolean {
  try {
    return one === other || String(one) === String(other)
  } catch {
    return false
  }
}

/**
 * The actor that a callback of an application names, with ids of any type: they are converted to text. Other members,
 * such as a role, are stored if `actorMembers` names them.
 */
export type NamedActor = Actor | { readonly authentication: string; readonly [member: string]: unknown }

/**
 * The actor of a user as Passport, a JWT or a guard provides it. Reads only a few named members: an application stores more about
 * its users than the trail needs. `authentication` is `unknown`, because a user does not show how it was authenticated. May throw
 * the error of a getter of the user.
 */
export function actorOfUser(user: unknown): (Partial<Actor> & { readonly authentication: string }) | undefined {
  if (typeof user !== 'object' || user === null) return undefined
  const { id, sub, userId, _id, name, username, email, authentication } = user as Record<string, unknown>
  const known = {
    authentication: typeof authentication === 'string' ? authentication : 'unknown',
    id: id ?? sub ?? userId ?? _id,
    name: name ?? username,
    email,
  }
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined && value !== null)) as never
}
