import { AsyncLocalStorage } from 'node:async_hooks'
import type { ServerResponse } from 'node:http'
import type { AuditedRequest } from './audited-request.ts'
import type { Route } from './route.ts'

/** What is asked of Express and Fastify. */
export interface Platform {
  /** Has every request go through `begin`, and every route tell the request that it was reached. Before routes are registered. */
  connect(begin: Begin): void
  /** To be called once they are. */
  connectRoutes?(): void
  /** The route that would have answered a request that was refused before it, and was passed on by others. */
  search(request: any, passedOn: readonly Route[]): FoundRoute | undefined
  routes(): readonly Route[]
}

/** A route, and the request as that route would have seen it. */
export interface FoundRoute {
  readonly route: Route
  readonly request: any
}

/** Makes the audited request of one that has come in. */
export type Begin = (request: any, response: ServerResponse) => AuditedRequest

/** Where a platform's request keeps its audited one, for when the asynchronous context was lost on the way. */
export const AUDITED: unique symbol = Symbol('@audit/nest.request')

/** The HTTP request that is being answered here. */
export const currentRequest: AsyncLocalStorage<AuditedRequest> = new AsyncLocalStorage()
