import type { Context } from 'koa'
import { hasAnswered, isRedirect } from './koa-response.ts'
import type { FoundRoute, ReachedRoute, Routes } from './routes.ts'

/** How a request ended before an audited route was opened. */
export interface UnopenedEnd {
  /** As it came; routers, mounts and middleware may rewrite it. */
  readonly path: string
  /** The route that a router had begun. */
  readonly reached: ReachedRoute | undefined
  readonly status: number
  readonly isThrown: boolean
}

/** The audited route that a request was on its way to. */
export function intendedRoute(routes: Routes, ctx: Context, end: UnopenedEnd): FoundRoute | undefined {
  const { path, reached, status, isThrown } = end
  if (reached) {
    const mark = routes.markOf(reached, ctx.method)
    if (mark) return 'exempt' in mark ? undefined : { mark, pattern: reached.pattern, params: ctx['params'] }
    return reached.passesOn ? routes.find(routedPath(ctx, path), ctx, reached) : undefined
  }
  // Outside of the routers only a refusal says that a route was meant; a 404 that nothing chose says that there is none.
  const isRefused = isThrown || (status >= 400 && hasAnswered(ctx)) || isRedirect(status)
  return isRefused ? routes.find(routedPath(ctx, path), ctx) : undefined
}

/** The path that a router would have been asked for: a middleware may have rewritten it, and a mount leaves its own behind. */
function routedPath({ path, ['mountPath']: mountPath }: Context, original: string): string {
  const isMounted = typeof mountPath === 'string' && original.startsWith(mountPath) && original.endsWith(path)
  return isMounted ? original : path
}
