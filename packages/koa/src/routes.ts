import type { RouteTable } from '@audit/core/adapter'
import type { Context } from 'koa'
import { markIn, type EventMark, type Mark, type MarkOptions } from './route-mark.ts'
import type { MountedRouter, RouteFunction, RouterLayer } from './router-shape.ts'

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

/** A route that a router has begun to run for a request. */
export interface ReachedRoute {
  readonly stack: RouteFunction[]
  readonly pattern: string
  /** Its last function reports when it runs, so that a refusal before it differs from its own answer. */
  readonly isWatched: boolean
  /** It only passes requests on to other routes, see `passesOn`. */
  readonly passesOn: boolean
}

/** The functions that are put into the routes of an application. */
export interface RouteHooks {
  /** First in every route. */
  readonly reach: (ctx: Context, route: ReachedRoute, next: () => Promise<unknown>) => unknown
  /** Around the last function of an audited route. */
  readonly handle: (ctx: Context, handler: RouteFunction, next: () => Promise<unknown>) => unknown
  /** In a route that only the table marks. */
  readonly open: (mark: EventMark, ctx: Context, next: () => Promise<unknown>) => unknown
}

/** More methods than an application names one by one: `router.all()`. */
const MANY = 20

/** All routes of an application, with what its table says of them. The routers themselves are asked, so nothing can disagree. */
export class Routes {
  readonly #mounts: readonly MountedRouter[]
  readonly #table: RouteTable<MarkOptions>
  readonly #audit: object | undefined
  readonly #connected: WeakSet<object>
  #seen = 0

  /** Without an audit: as any audit sees them. */
  constructor(mounts: readonly MountedRouter[], table: RouteTable<MarkOptions>, audit?: object) {
    this.#mounts = mounts
    this.#table = table
    this.#audit = audit
    this.#connected = connectedBy(audit ?? this)
  }

  /** Puts the hooks into the routes. Cheap, if there are no new ones. */
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

  #connectLayer(layer: RouterLayer, pattern: string, { reach, handle, open }: RouteHooks): void {
    const { stack, methods } = layer
    const known = { stack, passesOn: passesOn(layer) }
    const mark = markIn(stack, this.#audit)
    const isInTable = !mark && methods.some((method) => this.#table.find(method, pattern))
    const handler = stack.at(-1)!
    const isWatched = (isInTable || (mark !== undefined && 'name' in mark)) && markIn([handler]) === undefined
    if (isWatched) {
      const watched: RouteFunction = (ctx, next) => handle(ctx as Context, handler, next)
      stack[stack.length - 1] = watched
    }
    if (isInTable) {
      stack.unshift((ctx: Context, next) => {
        const given = this.#table.find(ctx.method, this.patternOf(ctx))
        return given && 'name' in given ? open(given, ctx, next) : next()
      })
    }
    stack.unshift((ctx: Context, next) => reach(ctx, { ...known, pattern: this.patternOf(ctx), isWatched }, next))
  }

  /** The audit options of a matched route. */
  markOf({ stack, pattern }: ReachedRoute, method: string): Mark | undefined {
    return markIn(stack, this.#audit) ?? this.#table.find(method, pattern)
  }

  /**
   * The audited route to which a request of that path was on its way: the first that the router would have run, or, if it ran one
   * that only passes requests on, the first after it.
   */
  find(path: string, { method, host }: Context, reached?: ReachedRoute): FoundRoute | undefined {
    for (const { mountPath, router } of this.#mounts) {
      if (path !== mountPath && !path.startsWith(`${mountPath}/`)) continue
      if ((router as { matchHost?(host: string): boolean }).matchHost?.(host) === false) continue
      const inner = path.slice(mountPath.length) || '/'
      const layers = router.match(inner, method).pathAndMethod.filter(({ methods }) => methods.length > 0)
      const after = reached ? layers.findIndex(({ stack }) => stack === reached.stack) : -1
      if (reached && after < 0) continue
      const isExclusive = Boolean((router as { readonly exclusive?: unknown }).exclusive)
      for (const layer of isExclusive ? layers.slice(-1) : layers.slice(after + 1)) {
        const pattern = mountPath + String(layer.path)
        const mark = markIn(layer.stack, this.#audit) ?? this.#table.find(method, pattern)
        if (!mark && passesOn(layer)) continue
        if (!mark || 'exempt' in mark) return undefined
        return { mark, pattern, params: layer.params(inner, layer.captures(inner)) }
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
      for (const method of methods.length > MANY ? ['*'] : methods) {
        yield { method, pattern, mark: markIn(layer.stack, this.#audit) ?? this.#table.find(method, pattern) }
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
 * A route of all methods whose last function takes `next`, such as `router.all('/admin/*', requireLogin)`, stands in front of other
 * routes. A route of its own answers.
 */
function passesOn({ methods, stack }: RouterLayer): boolean {
  return methods.length > MANY && stack.at(-1)!.length >= 2
}

/** The stacks that have an audit's hooks, from any middleware. */
const connected = new WeakMap<object, WeakSet<object>>()

function connectedBy(audit: object): WeakSet<object> {
  const stacks = connected.get(audit) ?? new WeakSet()
  connected.set(audit, stacks)
  return stacks
}
