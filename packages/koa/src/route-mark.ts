import type { Target } from '@audit/core'
import type { Context } from 'koa'

/** What `audited()` leaves on a route's middleware, so that a request refused before the route still has its name. */
export interface RouteMark {
  readonly name: string
  readonly payload?: (ctx: any) => unknown
  readonly before?: (ctx: any) => unknown
  readonly target?: (ctx: any) => Target | string | undefined
}

/** The part of `@koa/router` that is used here. */
export interface MatchingRouter {
  match(path: string, method: string): { readonly pathAndMethod: readonly MatchedLayer[] }
}

interface MatchedLayer {
  readonly path: string | RegExp
  readonly stack: readonly unknown[]
  captures(path: string): string[]
  params(path: string, captures: string[]): Record<string, string>
}

export interface FoundRoute {
  readonly mark: RouteMark
  /** The pattern, never the path. */
  readonly route: string
  readonly params: Record<string, string>
}

const key: unique symbol = Symbol.for('@audit/koa.mark')

export function setMark(middleware: object, mark: RouteMark): void {
  Object.defineProperty(middleware, key, { value: mark })
}

/** Asks the router itself which audited route a request would have reached. */
export function findRoute(router: MatchingRouter | undefined, ctx: Context): FoundRoute | undefined {
  for (const layer of router?.match(ctx.path, ctx.method).pathAndMethod ?? []) {
    for (const middleware of layer.stack) {
      const mark = (middleware as { readonly [key]?: RouteMark })[key]
      if (mark) return { mark, route: String(layer.path), params: layer.params(ctx.path, layer.captures(ctx.path)) }
    }
  }
  return undefined
}
