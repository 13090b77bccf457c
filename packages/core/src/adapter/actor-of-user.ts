import type { Actor } from '../event/actor.ts'

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
