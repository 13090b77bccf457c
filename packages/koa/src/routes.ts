import type { RouteTable } from '@audit/core/adapter'
import { markIn, type EventMark, type Mark, type MarkOptions } from './route-mark.ts'

/** The part of `@koa/router` that is used here. */
export interface MatchingRouter {
  readonly stack: readonly RouterLayer[]
  match(path: string, method: string): { readonly pathAndMethod: readonly RouterLayer[] }
}

/** A router in an application that `koa-mount` mounts. */
export interface MountedRouter {
  readonly mountPath: string
  readonly router: MatchingRouter
}

export type Routers = MatchingRouter | MountedRouter | readonly (MatchingRouter | MountedRouter)[]

interface RouterLayer {
  readonly path: string | RegExp
  readonly methods: readonly string[]
  stack: unknown[]
  captures(path: string): string[]
  params(path: string, captures: string[]): Record<string, string>
}

/** The route that a request would have reached. */
export interface FoundRoute {
  readonly mark: EventMark
  /** The pattern, never the path. */
  readonly pattern: string
  readonly params: Record<string, string>
}

export interface RouteRow {
  readonly method: string
  readonly pattern: string
  readonly mark: Mark | undefined
}

/** More methods than anybody names one by one. */
const MANY = 20

/** All routes of an application, with what its table says of them. The routers themselves are asked, so nothing can disagree. */
export class Routes {
  readonly #mounts: readonly MountedRouter[]
  readonly #table: RouteTable<MarkOptions>
  readonly #audit: object | undefined
  readonly #connected = new WeakSet<object>()
  #seen = 0

  /** Without an audit: as any audit sees them. */
  constructor(routers: Routers, table: RouteTable<MarkOptions>, audit?: object) {
    this.#mounts = [routers].flat().map((one) => ('mountPath' in one ? one : { mountPath: '', router: one as MatchingRouter }))
    this.#table = table
    this.#audit = audit
  }

  /** Puts middleware into the routes that the table marks and nothing in them does. Cheap, if there are no new ones. */
  connect(middlewareOf: (markOf: (method: string) => Mark | undefined) => object): void {
    const count = this.#mounts.reduce((sum, { router }) => sum + router.stack.length, 0)
    if (count === this.#seen) return
    this.#seen = count
    for (const { layer, pattern } of this.#layers()) {
      if (this.#connected.has(layer) || markIn(layer.stack, this.#audit)) continue
      if (!layer.methods.some((method) => this.#table.find(method, pattern))) continue
      this.#connected.add(layer)
      layer.stack.unshift(middlewareOf((method) => this.#table.find(method, pattern)))
    }
  }

  /** Where a request of that path would have gone, if that is audited. */
  find(path: string, method: string): FoundRoute | undefined {
    for (const { mountPath, router } of this.#mounts) {
      if (!path.startsWith(mountPath)) continue
      const inner = path.slice(mountPath.length) || '/'
      for (const layer of router.match(inner, method).pathAndMethod) {
        const pattern = mountPath + String(layer.path)
        const mark = this.#markOf(layer, method, pattern)
        if (!mark) continue
        return 'exempt' in mark ? undefined : { mark, pattern, params: layer.params(inner, layer.captures(inner)) }
      }
    }
    return undefined
  }

  /** The pattern of the route that a router has found for the request. */
  patternOf({ router, ['_matchedRoute']: matched }: { readonly [key: string]: unknown }): string {
    return (this.#mounts.find((mount) => mount.router === router)?.mountPath ?? '') + String(matched ?? '')
  }

  *rows(): Iterable<RouteRow> {
    for (const { layer, pattern } of this.#layers()) {
      // A router answers HEAD with the routes of GET; `all()` is every method that Node knows.
      const methods = layer.methods.filter((method) => method !== 'HEAD' || !layer.methods.includes('GET'))
      for (const method of methods.length > MANY ? ['*'] : methods)
        yield { method, pattern, mark: this.#markOf(layer, method, pattern) }
    }
  }

  #markOf(layer: RouterLayer, method: string, pattern: string): Mark | undefined {
    return markIn(layer.stack, this.#audit) ?? this.#table.find(method, pattern)
  }

  *#layers(): Iterable<{ readonly layer: RouterLayer; readonly pattern: string }> {
    for (const { mountPath, router } of this.#mounts) {
      // What has no method is a middleware of the router.
      for (const layer of router.stack) {
        if (layer.methods.length > 0) yield { layer, pattern: mountPath + String(layer.path) }
      }
    }
  }
}
