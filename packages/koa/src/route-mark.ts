import type { FailMode, Target } from '@audit/core'
import type { RouteMark } from '@audit/core/adapter'

/** How a route is recorded; each callback is shown the Koa context. */
export interface MarkOptions {
  readonly payload?: (ctx: any) => unknown
  readonly before?: (ctx: any) => unknown
  readonly target?: (ctx: any) => Target | string | undefined
  readonly failMode?: FailMode
}

export type Mark = RouteMark<MarkOptions>
export type EventMark = Extract<Mark, { readonly name: string }>

/** A mark, and the audit it is for: an application may have two. */
interface OwnedMark {
  readonly mark: Mark
  readonly audit: object | undefined
}

const KEY: unique symbol = Symbol.for('@audit/koa.mark')

/** Leaves the mark on a route's middleware, so that a request refused before the route still has its name. */
export function setMark(middleware: object, mark: Mark, audit?: object): void {
  Object.defineProperty(middleware, KEY, { value: { mark, audit } satisfies OwnedMark })
}

/** The mark among a route's middleware, of this audit or, without one, of any. */
export function markIn(stack: readonly unknown[], audit?: object): Mark | undefined {
  for (const middleware of stack) {
    const owned = (middleware as { readonly [KEY]?: OwnedMark })[KEY]
    if (owned && (!audit || !owned.audit || owned.audit === audit)) return owned.mark
  }
  return undefined
}
