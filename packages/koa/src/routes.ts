import type { RouteTable } from '@audit/core/adapter'
import type { Context } from 'koa'
import { markIn, type EventMark, type Mark, type MarkOptions } from './route-mark.ts'
import type { MountedRouter, RouteFunction, RouterLayer } from './router-shape.ts'

/** The route that a request would have matched. */
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

/** A route that a router has begun to run for a request. */
export interface MatchedRoute {
  readonly stack: RouteFunction[]
  readonly pattern: string
  /** Its last function reports when it runs, so that a refusal before it differs from its own answer. */
  readonly isWatched: boolean
  /** It may pass requests on to other routes, see `passesOn`. */
  readonly passesOn: boolean
}

/** The functions that are added to the routes of an application. */
export interface RouteHooks {
  /** Runs first in every route. */
  readonly match: (ctx: Context, route: MatchedRoute, next: () => Promise<unknown>) => unknown
  /** Runs around the last function of an audited route. */
  readonly handle: (ctx: Context, handler: RouteFunction, next: () => Promise<unknown>) => unknown
  /** Runs in a route that has only a mark of the table. */
  readonly open: (mark: EventMark, ctx: Context, next: () => Promise<unknown>) => unknown
}

/** A route with more methods than this was made by `router.all()`. */
const MANY = 20

/** All routes of an application, with its route table. The routers themselves match requests, so their results cannot differ. */
export class Routes {
  readonly #mounts: readonly MountedRouter[]
  readonly #table: RouteTable<MarkOptions>
  readonly #audit: object | undefined
  readonly #connected: WeakSet<object>
  #seen = 0

  /** Without `audit`, marks for any audit count. */
  constructor(mounts: readonly MountedRouter[], table: RouteTable<MarkOptions>, audit?: object) {
    this.#mounts = mounts
    this.#table = table
    this.#audit = audit
    this.#connected = connectedBy(audit ?? this)
  }

  /** Adds the hooks to all routes. Cheap if there are no new routes. */
  connect(hooks: RouteHooks): void {
    let count = 0
    for (const { router } of this.#mounts) count += router.stack.length
    if (count === this.#seen) return
    this.#seen = count
    // Nested routers share the stacks of the layers that they are copied from.
    for (const { layer, pattern } of this.#layers()) {
      if (this.#connected.has(layer.stack)) continue
      this.#connected.add(layer.stack)
      this.#connectLayer(layer, pattern, hooks)
    }
  }

  #connectLayer(layer: RouterLayer, pattern: string, { match, handle, open }: RouteHooks): void {
    const { stack, methods } = layer
    const known = { stack, passesOn: passesOn(layer) }
    const mark = markIn(stack, this.#audit)
    const isInTable = !mark && methods.some((method) => this.#inTable(known, method, pattern))
    const handler = stack.at(-1)!
    const isWatched = (isInTable || (mark !== undefined && 'name' in mark)) && markIn([handler]) === undefined
    if (isWatched) {
      const watched: RouteFunction = (ctx, next) => handle(ctx as Context, handler, next)
      // `passesOn` reads the length.
      Object.defineProperty(watched, 'length', { value: handler.length })
      stack[stack.length - 1] = watched
    }
    if (isInTable) {
      stack.unshift((ctx: Context, next) => {
        const given = this.#inTable(known, ctx.method, this.patternOf(ctx))
        return given && 'name' in given ? open(given, ctx, next) : next()
      })
    }
    stack.unshift((ctx: Context, next) => match(ctx, { ...known, pattern: this.patternOf(ctx), isWatched }, next))
  }

  /** Returns the mark of a route that a request has matched. */
  markOf(route: MatchedRoute, method: string): Mark | undefined {
    return markIn(route.stack, this.#audit) ?? this.#inTable(route, method, route.pattern)
  }

  /** A wildcard does not name the guards of the routes that it names. */
  #inTable({ passesOn }: { readonly passesOn: boolean }, method: string, pattern: string): Mark | undefined {
    return passesOn ? this.#table.findExact(method, pattern) : this.#table.find(method, pattern)
  }

  #markOfLayer(layer: RouterLayer, method: string, pattern: string): Mark | undefined {
    return markIn(layer.stack, this.#audit) ?? this.#inTable({ passesOn: passesOn(layer) }, method, pattern)
  }

  /** Throws `AUDIT_INVALID_OPTIONS` if several wildcards of the table name a route differently. */
  check(): void {
    // Asks for the mark of every route.
    Array.from(this.rows())
    this.#table.check()
  }

  /**
   * Finds the audited route for which a request of that path was intended: the first that the router would have run, or, if it ran
   * a route that passes requests on, the first after that one.
   */
  find(path: string, { method, host }: Context, matched?: MatchedRoute): FoundRoute | undefined {
    for (const { mountPath, router } of this.#mounts) {
      if (path !== mountPath && !path.startsWith(`${mountPath}/`)) continue
      if ((router as { matchHost?(host: string): boolean }).matchHost?.(host) === false) continue
      const inner = path.slice(mountPath.length) || '/'
      const layers = router.match(inner, method).pathAndMethod.filter(({ methods }) => methods.length > 0)
      const after = matched ? layers.findIndex(({ stack }) => stack === matched.stack) : -1
      if (matched && after < 0) continue
      const isExclusive = Boolean((router as { readonly exclusive?: unknown }).exclusive)
      for (const layer of isExclusive ? layers.slice(-1) : layers.slice(after + 1)) {
        const pattern = mountPath + String(layer.path)
        const mark = this.#markOfLayer(layer, method, pattern)
        if (!mark && passesOn(layer)) continue
        if (!mark || 'exempt' in mark) return undefined
        return { mark, pattern, params: layer.params(inner, layer.captures(inner)) }
      }
    }
    return undefined
  }

  /** Returns the pattern of the route that a router has matched. */
  patternOf({ router, ['_matchedRoute']: matched }: { readonly [key: string]: unknown }): string {
    return (this.#mounts.find((mount) => mount.router === router)?.mountPath ?? '') + String(matched ?? '')
  }

  *rows(): Iterable<RouteRow> {
    for (const { layer, pattern } of this.#layers()) {
      const markOf = (method: string) => this.#markOfLayer(layer, method, pattern)
      // A router answers HEAD with the routes of GET; `all()` registers every method of Node.
      const methods = layer.methods.filter((method) => method !== 'HEAD' || !layer.methods.includes('GET'))
      const differs = (method: string) => markOf(method) !== undefined && markOf(method) !== markOf('*')
      for (const method of methods.length > MANY ? [...methods.filter(differs), '*'] : methods) {
        yield { method, pattern, mark: markOf(method) }
      }
    }
  }

  *#layers(): Iterable<{ readonly layer: RouterLayer; readonly pattern: string }> {
    for (const { mountPath, router } of this.#mounts) {
      for (const layer of router.stack) {
        if (layer.methods.length > 0) yield { layer, pattern: mountPath + String(layer.path) }
      }
    }
  }
}

/**
 * True for a route of all methods whose last function takes `next`, such as `router.all('/admin/*', requireLogin)`: it guards other
 * routes and does not answer itself.
 */
function passesOn({ methods, stack }: RouterLayer): boolean {
  return methods.length > MANY && stack.at(-1)!.length >= 2
}

/** The stacks that already have the hooks of an audit, added by any middleware. */
const connected = new WeakMap<object, WeakSet<object>>()

function connectedBy(audit: object): WeakSet<object> {
  const stacks = connected.get(audit) ?? new WeakSet()
  connected.set(audit, stacks)
  return stacks
}
