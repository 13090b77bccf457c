import { ask } from '@audit/core/adapter'
import type { Context } from 'koa'
import type { RouteFunction } from './router-shape.ts'

// koa-passport refuses by a redirect instead of calling the handler. The context then shows if the caller is signed in.

/** True for `passport.authenticate()` as the last function of a route. If it refuses, it answers itself. */
export function isPassportGuard(handler: RouteFunction): boolean {
  return handler.name === 'passportAuthenticate'
}

/** True if Passport runs in the application and reports that the caller is not signed in. */
export function isUnauthenticated(ctx: Context): boolean {
  const { isUnauthenticated: ask } = ctx as { readonly isUnauthenticated?: unknown }
  return typeof ask === 'function' && ask() === true
}

/**
 * True if Passport knows that the caller is not signed in, and did not redirect them to another site to sign in, as OAuth does.
 * False without Passport. Never throws.
 */
export function isSignedOut(audit: object, ctx: Context): boolean {
  return ask(audit, 'isUnauthenticated()', () => isUnauthenticated(ctx) && !leadsElsewhere(ctx)) ?? false
}

function leadsElsewhere(ctx: Context): boolean {
  const location = ctx.response.get('location')
  if (!URL.canParse(location)) return false
  return new URL(location).host !== ctx.host
}
