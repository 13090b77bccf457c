import type { Context } from 'koa'
import type { RouteFunction } from './router-shape.ts'

// koa-passport refuses by redirecting, and stands where a handler stands. What it leaves on the context says who is signed in.

/** Whether a route's last function is `passport.authenticate()`, which answers by itself if it refuses. */
export function isPassportGuard(handler: RouteFunction): boolean {
  return handler.name === 'passportAuthenticate'
}

/** Whether Passport runs in the application, and says that the caller is not signed in. */
export function isUnauthenticated(ctx: Context): boolean {
  const { isUnauthenticated: ask } = ctx as { readonly isUnauthenticated?: unknown }
  return typeof ask === 'function' && ask() === true
}

/**
 * Whether Passport knows that the caller is not signed in, and they were not sent on to sign in at another site, as OAuth does.
 * False without Passport.
 */
export function isSignedOut(ctx: Context): boolean {
  return isUnauthenticated(ctx) && !leadsElsewhere(ctx)
}

function leadsElsewhere(ctx: Context): boolean {
  const location = ctx.response.get('location')
  if (!URL.canParse(location)) return false
  return new URL(location).host !== ctx.host
}
