import type { ServerResponse } from 'node:http'
import type { RouteTable } from '@audit/core/adapter'
import type { MarkOptions } from '../decorators/mark.ts'
import type { AuditedRequest } from './audited-request.ts'
import { currentRequest } from './audited-request.ts'
import { AUDITED, type Begin, type Platform } from './platform.ts'
import { handlerOf, handlerOfConfig } from './route-handler.ts'
import { Route, type FoundRoute } from './route.ts'

/** The parts of Nest's adapter and of Fastify that are used here. */
interface FastifyAdapter {
  readonly onRequestHook?: OnRequest
  setOnRequestHook(hook: OnRequest): void
  getInstance(): { addHook(name: 'onRoute', hook: (options: RouteOptions) => void): unknown }
}

type OnRequest = (request: any, reply: { readonly raw: ServerResponse }, done: () => void) => unknown

interface RouteOptions {
  readonly method: string | readonly string[]
  readonly url: string
  handler: (this: unknown, request: any, reply: unknown) => unknown
  config?: object
}

const ROUTE: unique symbol = Symbol('@audit/nest.route')

export class FastifyPlatform implements Platform {
  readonly #adapter: FastifyAdapter
  readonly #table: RouteTable<MarkOptions>
  readonly #routes: Route[] = []

  constructor(adapter: object, table: RouteTable<MarkOptions>) {
    this.#adapter = adapter as FastifyAdapter
    this.#table = table
  }

  /** Uses the first hook of all. Nest has room for one, so a hook that is already there, such as a performance monitor's, is called too. */
  connect(begin: Begin): void {
    const { onRequestHook: previous } = this.#adapter
    this.#adapter.setOnRequestHook((request, reply, done) => {
      const audited = begin(request, reply.raw)
      request[AUDITED] = audited
      return audited.enter(() => (previous ? previous.call(this.#adapter, request, reply, done) : done()))
    })
    this.#adapter.getInstance().addHook('onRoute', (options) => this.#connectRoute(options))
  }

  /** Reads the route that Fastify has found, which it does before any code of the application runs. */
  search(request: any): FoundRoute | undefined {
    const route = (request.routeOptions?.config as { readonly [ROUTE]?: Route } | undefined)?.[ROUTE]
    return route && { route, request }
  }

  routes(): readonly Route[] {
    return this.#routes
  }

  #connectRoute(options: RouteOptions): void {
    const { handler, config, url } = options
    const methods = [options.method].flat()
    const route = new Route(url, methods, handlerOfConfig(config) ?? handlerOf(handler), this.#table)
    options.config = { ...config, [ROUTE]: route }
    options.handler = function (request, reply) {
      const audited = request[AUDITED] as AuditedRequest | undefined
      if (!audited) return handler.call(this, request, reply)
      audited.match(route)
      // Parsing a body loses the asynchronous context.
      const proceed = () => handler.call(this, request, reply)
      try {
        return currentRequest.getStore() === audited ? proceed() : audited.enter(proceed)
      } catch (error) {
        // Nest's handler of a route never throws synchronously. This is Nest's host filter, which throws a 404.
        if (route.handler) audited.skip()
        throw error
      }
    }
    // Fastify answers HEAD with the routes of GET.
    if (methods.some((method) => method !== 'HEAD')) this.#routes.push(route)
  }
}
