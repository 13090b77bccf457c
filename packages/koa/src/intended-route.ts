import type { Context } from 'koa'
import { hasAnswered, isRedirect } from './koa-response.ts'
import type { FoundRoute, MatchedRoute, Routes } from './routes.ts'

/** How a request ended before an audited route was opened. */
export interface RefusedRequest {
  /** The original path, which routers, mounts and middleware may rewrite. */
  readonly path: string
  /** The route that a router had started. */
  readonly matched: MatchedRoute | undefined
  readonly status: number
  readonly isThrown: boolean
  /** The application has sent the response itself, through Node's response. */
  readonly isSent: boolean
}

/** Finds the audited route for which a request was intended. */
export function intendedRoute(routes: Routes, ctx: Context, end: RefusedRequest): FoundRoute | undefined {
  const { path, matched, status, isThrown, isSent } = end
  if (matched) {
    const mark = routes.markOf(matched, ctx.method)
    if (mark) return 'exempt' in mark ? undefined : { mark, pattern: matched.pattern, params: ctx['params'] }
    return matched.passesOn ? routes.find(routedPath(ctx, path), ctx, matched) : undefined
  }
  // Before the routers, only a refusal shows that the request was for a route. A 404 that no code has set means: no such route.
  const isRefused = isThrown || (status >= 400 && (isSent || hasAnswered(ctx))) || isRedirect(status)
  return isRefused ? routes.find(routedPath(ctx, path), ctx) : undefined
}

/** Returns the path that a router would have matched. A middleware may have rewritten it, and a mount strips its own path. */
function routedPath({ path, ['mountPath']: mountPath }: Context, original: string): string {
  const isMounted = typeof mountPath === 'string' && original.startsWith(mountPath) && original.endsWith(path)
  return isMounted ? original : path
}
