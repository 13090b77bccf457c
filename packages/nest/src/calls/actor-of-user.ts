import type { Actor } from '@audit/core'
import type { CallSource } from './call-source.ts'
import type { HttpRequest } from './http-request.ts'

/**
 * Who a guard or strategy found, as most of them leave it. Few members are taken over, by name: what an application keeps of its
 * users is not for the trail.
 */
export function actorOfUser({ request, client }: CallSource): Actor | undefined {
  // Middleware of Fastify is given the bare request.
  const { raw } = (request ?? {}) as { readonly raw?: Pick<HttpRequest, 'user'> }
  const user = (request?.user ?? raw?.user ?? client?.data?.user ?? client?.user) as HttpRequest['user']
  if (typeof user !== 'object' || user === null) return undefined
  const id = text(user['id'] ?? user['sub'] ?? user['userId'] ?? user['_id'])
  const name = text(user['name'] ?? user['username'])
  const authentication = text(user['authentication']) ?? 'unknown'
  // What is undefined is left out of events.
  return { authentication, id, name, email: text(user['email']) } as Actor
}

/** Keys may be numbers, or objects that say their id as text, as those of databases do. */
function text(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value)
}
