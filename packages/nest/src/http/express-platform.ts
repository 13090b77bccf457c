import type { RouteTable } from '@audit/core/adapter'
import type { Mark, MarkOptions } from '../decorators/mark.ts'
import type { AuditedRequest } from './audited-request.ts'
import { AUDITED, currentRequest, type Begin, type Platform } from './platform.ts'
import { handlerOf } from './route-handler.ts'
import { Route } from './route.ts'

/** What is used of an Express application and of its router's layers. */
interface Express {
  handle: (request: any, response: any, done: unknown) => unknown
  readonly router?: { readonly stack: readonly Layer[] }
}

interface Layer {
  readonly route?: { readonly path: unknown; readonly methods: Readonly<Record<string, boolean>>; readonly stack: RouteLayer[] }
  readonly params?: unknown
  match(path: string): boolean | { readonly params: unknown }
}

interface RouteLayer {
  handle: (request: any, response: any, next: Next) => unknown
}

type Next = (error?: unknown) => void

export class ExpressPlatform implements Platform {
  readonly #app: Express
  readonly #table: RouteTable<MarkOptions>
  readonly #routes = new Map<Layer, Route>()

  constructor(app: object, table: RouteTable<MarkOptions>) {
    this.#app = app as Express
    this.#table = table
  }

  /** Around the application itself: so it is outside of every `app.use()`, and costs no layer of the router. */
  connect(begin: Begin): void {
    const { handle } = this.#app
    this.#app.handle = function (request, response, done) {
      const audited = begin(request, response)
      request[AUDITED] = audited
      return audited.enter(() => handle.call(this, request, response, done))
    }
  }

  connectRoutes(): void {
    for (const layer of this.#app.router?.stack ?? []) {
      if (!layer.route || this.#routes.has(layer)) continue
      const { path, methods, stack } = layer.route
      const names = methods['_all'] ? ['*'] : Object.keys(methods).map((method) => method.toUpperCase())
      const route = new Route([path].flat().map(String).join(', '), names, handlerOf(stack.at(-1)!.handle), this.#table)
      this.#routes.set(layer, route)
      for (const one of stack) reached(one, route)
    }
  }

  /** The router itself is asked. Of several versions of one path only headers would tell, so they have to agree. */
  search(request: any, url: string): { readonly route: Route; readonly request: any } | undefined {
    const method: string = request.method
    const path = url.split('?', 1)[0]!
    const found = [...this.#routes].flatMap(([layer, route]) => {
      const mark = route.answers(method) ? route.markFor(method) : undefined
      const match = mark && layer.match(path)
      // Routers before 2.3 leave the parameters on the layer.
      return match ? { route, mark, params: match === true ? layer.params : match.params } : []
    })
    const [first, ...others] = found
    const rivals = others.filter(({ route }) => route.pattern === first!.route.pattern)
    if (!first || rivals.some(({ mark }) => nameOf(mark) !== nameOf(first.mark))) return undefined
    return { route: first.route, request: Object.assign(Object.create(request), { params: first.params }) }
  }

  routes(): readonly Route[] {
    this.connectRoutes()
    return [...this.#routes.values()]
  }
}

/** Has the route say that it was reached, and that it passed the request on: it was for another host, or version. */
function reached(layer: RouteLayer, route: Route): void {
  const { handle } = layer
  layer.handle = (request, response, next) => {
    const audited = request[AUDITED] as AuditedRequest | undefined
    if (!audited) return handle(request, response, next)
    audited.reach(route)
    const passOn: Next = (error) => {
      if (!(error instanceof Error)) audited.passOn()
      next(error)
    }
    const proceed = () => handle(request, response, passOn)
    return currentRequest.getStore() === audited ? proceed() : audited.enter(proceed)
  }
}

function nameOf(mark: Mark): string {
  return 'name' in mark ? mark.name : ''
}
