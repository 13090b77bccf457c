import type { OpenEvent, RequestInfo } from '@audit/core'
import type { Context } from 'koa'
import type { RouteMark } from './route-mark.ts'

/**
 * What `auditMiddleware` and `audited` know of one request. `unopened`: no audited route ran. `refused`: its attempt could not be
 * recorded.
 */
export interface RequestState {
  /** With the route's pattern once that is known. */
  request: RequestInfo
  phase: 'unopened' | 'open' | 'refused'
  event?: OpenEvent
  mark?: RouteMark
  /** What the route threw, also if something between it and us made an answer of it. */
  error?: unknown
}

const states = new WeakMap<Context, RequestState>()

export function setRequestState(ctx: Context, state: RequestState): void {
  states.set(ctx, state)
}

export function requestState(ctx: Context): RequestState | undefined {
  return states.get(ctx)
}
