import { createHash, randomBytes } from 'node:crypto'
import type { Actor } from '@audit/core'
import type { Resource } from './resources.ts'
import { ServiceError } from './service-error.ts'
import type { Store } from './store.ts'

export interface Authentication {
  /** Creates the secret of the token at that path. Only its hash is kept, so it can be seen only now. */
  issue(path: string): string
  /** Returns the token that the header names. Throws 401 if it is unknown. */
  signIn(authorization: string | undefined): Resource
}

/** Throws 403 for a change by a token that is not an admin's. */
export function authorize(token: Resource, method: string): void {
  const isChange = !['GET', 'HEAD', 'OPTIONS'].includes(method)
  if (isChange && token['role'] !== 'admin') throw new ServiceError(403, 'forbidden', 'This token may read, not change.')
}

/** The signed-in user for the trail; undefined before sign-in. */
export function actorOf(token: Resource | undefined): Actor | undefined {
  return token && { authentication: 'token', id: String(token['id']), name: String(token['name']) }
}

export function createAuthentication(store: Store): Authentication {
  const pathsByHash = new Map<string, string>()
  return {
    issue(path) {
      const secret = `flags_${randomBytes(24).toString('base64url')}`
      pathsByHash.set(hash(secret), path)
      return secret
    },
    signIn(authorization = '') {
      const [, secret] = /^Bearer +(\S+)$/i.exec(authorization) ?? []
      const path = secret && pathsByHash.get(hash(secret))
      // The path of a deleted token no longer exists.
      if (!path || !store.has(path)) {
        throw new ServiceError(401, 'unauthenticated', 'Sign in with a token: Authorization: Bearer <token>.')
      }
      return store.read(path)
    },
  }
}

function hash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
