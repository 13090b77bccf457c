import { METHODS } from 'node:http'
import type { RouteTable } from '@audit/core/adapter'
import type { Mark, MarkOptions } from '../decorators/mark.ts'
import type { AuditedRequest } from './audited-request.ts'
import { currentRequest } from './audited-request.ts'
import { AUDITED, type Begin, type Platform } from './platform.ts'
import { handlerOf } from './route-handler.ts'
import { Route, type FoundRoute } from './route.ts'
import { acceptsVersion, watchVersions, type VersioningAdapter } from './version-filter.ts'

/** The parts of Nest's adapter that are used here. */
interface ExpressAdapter extends VersioningAdapter {
  getInstance(): Express
  createMiddlewareFactory(method: unknown): (path: string, callback: unknown) => unknown
}

/** The parts of an Express application, and of its router's layers, that are used here. */
interface Express {
  handle: (request: any, response: any, done: unknown) => unknown
  readonly router?: { readonly stack: readonly Layer[] }
}

interface Layer {
  readonly route?: LayerRoute
  readonly params?: unknown
  match(path: string): boolean | { readonly params: unknown }
}

interface LayerRoute {
  readonly path: unknown
  readonly methods: Readonly<Record<string, boolean>>
  readonly stack: RouteLayer[]
}

interface RouteLayer {
  handle: (request: any, response: any, next: Next) => unknown
}

type Next = (error?: unknown) => void

export class ExpressPlatform implements Platform {
  readonly #adapter: ExpressAdapter
  readonly #table: RouteTable<MarkOptions>
  readonly #routes = new Map<Layer, Route>()
  /** The registered handler of each route. */
  readonly #handlers = new Map<Route, object>()
  /** Layers of Nest's `forRoutes()`. Express holds those for a method or a controller as routes. */
  readonly #middleware = new WeakSet<Layer>()
  /** Routes that look like middleware. */
  readonly #passages = new WeakSet<Route>()

  constructor(adapter: object, table: RouteTable<MarkOptions>) {
    this.#adapter = adapter as ExpressAdapter
    this.#table = table
  }

  /** Wraps the application itself, so that it comes before every `app.use()` and adds no layer to the router. */
  connect(begin: Begin): void {
    const app = this.#adapter.getInstance()
    const { handle } = app
    app.handle = function (request, response, done) {
      const audited = begin(request, response)
      request[AUDITED] = audited
      return audited.enter(() => handle.call(this, request, response, done))
    }
    this.#watchMiddleware()
    watchVersions(this.#adapter)
  }

  #watchMiddleware(): void {
    const adapter = this.#adapter
    const { createMiddlewareFactory } = adapter
    adapter.createMiddlewareFactory = (method) => {
      const register = createMiddlewareFactory.call(adapter, method)
      return (path, callback) => {
        const before = this.#layers.length
        const registered = register(path, callback)
        for (const layer of this.#layers.slice(before)) this.#middleware.add(layer)
        return registered
      }
    }
  }

  get #layers(): readonly Layer[] {
    return this.#adapter.getInstance().router?.stack ?? []
  }

  connectRoutes(): void {
    for (const layer of this.#layers) {
      if (!layer.route || this.#routes.has(layer) || this.#middleware.has(layer)) continue
      const { path, methods, stack } = layer.route
      const names = isForAll(methods) ? ['*'] : Object.keys(methods).map((method) => method.toUpperCase())
      const { handle } = stack.at(-1)!
      const handler = handlerOf(handle)
      const isPassing = !handler && isPassage(layer.route)
      // A wildcard does not name the guards of the routes that it names.
      const table = isPassing ? { find: this.#table.findExact } : this.#table
      const route = new Route([path].flat().map(String).join(', '), names, handler, table)
      this.#routes.set(layer, route)
      this.#handlers.set(route, handle)
      if (isPassing) this.#passages.add(route)
      for (const one of stack) this.#connectLayer(one, route)
    }
  }

  /** Makes the route report that it matched, and that it skipped the request because it is for another host or version. */
  #connectLayer(layer: RouteLayer, route: Route): void {
    const { handle } = layer
    const answers = (method: string): boolean => this.#answers(route, method)
    layer.handle = function (request, response, next) {
      const audited = request[AUDITED] as AuditedRequest | undefined
      if (!audited) return handle.call(this, request, response, next)
      if (answers(request.method)) audited.match(route)
      const passOn: Next = (error) => {
        if (!(error instanceof Error)) audited.skip()
        next(error)
      }
      const proceed = () => handle.call(this, request, response, passOn)
      return currentRequest.getStore() === audited ? proceed() : audited.enter(proceed)
    }
  }

  #answers(route: Route, method: string): boolean {
    return route.answers(method) && (!this.#passages.has(route) || route.markFor(method) !== undefined)
  }

  /**
   * Asks the router itself, with the path after middleware has rewritten it, and Nest for the version. Undefined if several hosts
   * have routes with this path that are recorded as different events.
   */
  search(request: any, skipped: readonly Route[]): FoundRoute | undefined {
    if (this.#isAnsweredElsewhere(request.route)) return undefined
    const path = `${request.baseUrl ?? ''}${request.path}`
    const method: string = request.method
    const found = [...this.#routes].flatMap(([layer, route]) => {
      const params = this.#answers(route, method) && !skipped.includes(route) && paramsOf(layer, path)
      if (!params) return []
      const isVersion = acceptsVersion(this.#handlers.get(route)!, request)
      return isVersion === false ? [] : { route, params, isVersion, name: nameOf(route.markFor(method)) }
    })
    const [first, ...others] = found
    if (!first) return undefined
    const isDecided = first.isVersion === true && first.route.handler?.isHosted === false
    const rivals = isDecided ? [] : others.filter(({ route }) => route.pattern === first.route.pattern)
    if (rivals.some(({ name }) => name !== first.name)) return undefined
    return { route: first.route, request: Object.assign(Object.create(request), { params: first.params }) }
  }

  /** True if a route of a nested router, given to `app.use()`, handled the request. */
  #isAnsweredElsewhere(route: LayerRoute | undefined): boolean {
    return route !== undefined && !isPassage(route) && !this.#layers.some((layer) => layer.route === route)
  }

  routes(): readonly Route[] {
    this.connectRoutes()
    return [...this.#routes.values()].filter((route) => !this.#passages.has(route) || route.markFor('*') !== undefined)
  }
}

/** `app.all()` with a handler that takes `next` is a middleware, as in Express' own guide, unless the table names it. */
function isPassage({ methods, stack }: LayerRoute): boolean {
  return isForAll(methods) && stack.at(-1)!.handle.length > 2
}

/** `app.all()` registers its handler for every method of Node. */
function isForAll(methods: LayerRoute['methods']): boolean {
  return methods['_all'] === true || METHODS.every((method) => methods[method.toLowerCase()] === true)
}

/** Returns no parameters if the layer matches the path but cannot decode it; Express answers that with 400. */
function paramsOf(layer: Layer, path: string): unknown {
  try {
    const match = layer.match(path)
    // Routers before 2.3 leave the parameters on the layer.
    return match === true ? layer.params : match && match.params
  } catch {
    return {}
  }
}

function nameOf(mark: Mark | undefined): string {
  return mark && 'name' in mark ? mark.name : ''
}
