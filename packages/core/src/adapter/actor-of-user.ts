import type { Actor } from '../event/actor.ts'

/**
 * The actor that a callback of an application names, with ids as the application has them: they are read as text. Other members,
 * such as a role, are stored if `actorMembers` names them.
 */
export type NamedActor = Actor | { readonly authentication: string; readonly [member: string]: unknown }

/**
 * The actor of a user as Passport, a JWT or a guard leaves it. Takes few members, by name: an application keeps more of its users
 * than the trail needs. `authentication` is `unknown`, because a user does not say how it was proved. May throw the error of a
 * getter of the user.
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
