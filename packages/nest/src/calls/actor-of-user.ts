import type { Actor } from '@audit/core'
import type { CallSource } from './call-source.ts'
import type { HttpRequest } from './http-request.ts'

/**
 * Reads the user that a guard or strategy has set. Copies only a few named members, because the other data of users does not belong
 * in the trail.
 */
export function actorOfUser({ request, client }: CallSource): Actor | undefined {
  // Fastify's middleware receives Node's request.
  const { raw } = (request ?? {}) as { readonly raw?: Pick<HttpRequest, 'user'> }
  const user = (request?.user ?? raw?.user ?? client?.data?.user ?? client?.user) as HttpRequest['user']
  if (typeof user !== 'object' || user === null) return undefined
  const id = text(user['id'] ?? user['sub'] ?? user['userId'] ?? user['_id'])
  const name = text(user['name'] ?? user['username'])
  const authentication = text(user['authentication']) ?? 'unknown'
  // Events omit undefined members.
  return { authentication, id, name, email: text(user['email']) } as Actor
}

/** Ids may be numbers, or objects of a database that have a text form. */
function text(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value)
}
