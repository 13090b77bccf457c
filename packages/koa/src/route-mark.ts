import type { FailMode, Target } from '@audit/core'
import type { RouteMark } from '@audit/core/adapter'

/** How a route is recorded. Each callback receives the Koa context. */
export interface MarkOptions {
  readonly payload?: (ctx: any) => unknown
  readonly before?: (ctx: any) => unknown
  readonly target?: (ctx: any) => Target | string | undefined
  readonly failMode?: FailMode
}

export type Mark = RouteMark<MarkOptions>
export type EventMark = Extract<Mark, { readonly name: string }>

/** A mark and its audit, because an application may have two audits. */
interface OwnedMark {
  readonly mark: Mark
  readonly audit: object | undefined
}

const KEY: unique symbol = Symbol.for('@audit/koa.mark')

/** Stores the mark on a route's middleware, so that it can be read if a request is refused before the route. */
export function setMark(middleware: object, mark: Mark, audit?: object): void {
  Object.defineProperty(middleware, KEY, { value: { mark, audit } satisfies OwnedMark })
}

/** Finds the mark in a route's middleware. If `audit` is given, only a mark for that audit. */
export function markIn(stack: readonly unknown[], audit?: object): Mark | undefined {
  for (const middleware of stack) {
    const owned = (middleware as { readonly [KEY]?: OwnedMark })[KEY]
    if (owned && (!audit || !owned.audit || owned.audit === audit)) return owned.mark
  }
  return undefined
}
