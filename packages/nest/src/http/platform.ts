import type { ServerResponse } from 'node:http'
import type { AuditedRequest } from './audited-request.ts'
import type { Route, RouteSearch } from './route.ts'

/** The interface to Express and Fastify. */
export interface Platform extends RouteSearch {
  /** Makes every request go through `begin`, and every route report that it matched. To be called before routes are registered. */
  connect(begin: Begin): void
  /** To be called when routes are registered. */
  connectRoutes?(): void
  routes(): readonly Route[]
}

/** Creates the audited request of an incoming request. */
export type Begin = (request: any, response: ServerResponse) => AuditedRequest

/** The member of a platform's request that holds its audited request, for code that has lost the asynchronous context. */
export const AUDITED: unique symbol = Symbol('@audit/nest.request')
