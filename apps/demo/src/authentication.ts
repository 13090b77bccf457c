import { createHash, randomBytes } from 'node:crypto'
import type { Actor } from '@audit/core'
import type { Context, Middleware } from 'koa'
import { ServiceError } from './service-error.ts'
import type { Store } from './store.ts'

export interface Authentication {
  /** Draws the secret of the token at that path. Only its hash is kept, so this is the one time it can be seen. */
  issue(path: string): string
  /** Lets pass who has a token of ours (else 401), and changes only by an admin (else 403). */
  readonly signIn: Middleware
}

/** Who signed in, for the trail; nobody before that. */
export function signedInActor(ctx: Context): Actor | undefined {
  const { token } = ctx.state
  return token && { authentication: 'token', id: token.id, name: token.name }
}

export function createAuthentication(store: Store): Authentication {
  const pathsByHash = new Map<string, string>()
  return {
    issue(path) {
      const secret = `flags_${randomBytes(24).toString('base64url')}`
      pathsByHash.set(hash(secret), path)
      return secret
    },
    async signIn(ctx, next) {
      const [, secret] = /^Bearer +(\S+)$/i.exec(ctx.get('authorization')) ?? []
      const path = secret && pathsByHash.get(hash(secret))
      // The hash of a token that was deleted leads nowhere.
      if (!path || !store.has(path)) {
        ctx.set('www-authenticate', 'Bearer')
        throw new ServiceError(401, 'unauthenticated', 'Sign in with a token: Authorization: Bearer <token>.')
      }
      const token = store.read(path)
      ctx.state['token'] = token
      const isChange = !['GET', 'HEAD', 'OPTIONS'].includes(ctx.method)
      if (isChange && token['role'] !== 'admin') throw new ServiceError(403, 'forbidden', 'This token may read, not change.')
      await next()
    },
  }
}

function hash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
