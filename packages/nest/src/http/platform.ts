import { AsyncLocalStorage } from 'node:async_hooks'
import type { ServerResponse } from 'node:http'
import type { AuditedRequest } from './audited-request.ts'
import type { Route } from './route.ts'

/** The interface to Express and Fastify. */
export interface Platform {
  /** Makes every request go through `begin`, and every route report that it matched. To be called before routes are registered. */
  connect(begin: Begin): void
  /** To be called when routes are registered. */
  connectRoutes?(): void
  /** Finds the route that would have answered a refused request. `skipped` are the routes that have skipped it. */
  search(request: any, skipped: readonly Route[]): FoundRoute | undefined
  routes(): readonly Route[]
}

/** A route, and the request as that route would have seen it. */
export interface FoundRoute {
  readonly route: Route
  readonly request: any
}

/** Creates the audited request of an incoming request. */
export type Begin = (request: any, response: ServerResponse) => AuditedRequest

/** The member of a platform's request that holds its audited request, for code that has lost the asynchronous context. */
export const AUDITED: unique symbol = Symbol('@audit/nest.request')

/** The HTTP request of the current asynchronous context. */
export const currentRequest: AsyncLocalStorage<AuditedRequest> = new AsyncLocalStorage()
