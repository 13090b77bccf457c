import type { RouteTable } from '@audit/core/adapter'
import type { Mark, MarkOptions } from '../decorators/mark.ts'

/** A method of a controller that answers a route. */
export interface RouteHandler {
  readonly controller: string
  readonly method: string
  readonly mark: Mark | undefined
  /** It sends the response itself, with `@Res()` or `@Next()`. */
  readonly isHijacked: boolean
  /** It answers only requests for certain hosts. */
  readonly isHosted: boolean
  /** It answers with server-sent events. */
  readonly isSse: boolean
}

/** A registered route: its pattern, never a path, and the event of its requests. */
export class Route {
  readonly pattern: string
  /** Undefined for a route that was registered with Express or Fastify directly. */
  readonly handler: RouteHandler | undefined
  readonly methods: readonly string[]
  readonly #table: Pick<RouteTable<MarkOptions>, 'find'>
  readonly #marks = new Map<string, Mark | undefined>()

  constructor(
    pattern: string,
    methods: readonly string[],
    handler: RouteHandler | undefined,
    table: Pick<RouteTable<MarkOptions>, 'find'>,
  ) {
    this.pattern = pattern
    this.methods = methods
    this.handler = handler
    this.#table = table
  }

  answers(method: string): boolean {
    return this.methods.includes('*') || this.methods.includes(method) || (method === 'HEAD' && this.methods.includes('GET'))
  }

  /** Returns the mark of the decorator, else of the route table. */
  markFor(method: string): Mark | undefined {
    if (this.handler?.mark) return this.handler.mark
    if (!this.#marks.has(method)) this.#marks.set(method, this.#find(method))
    return this.#marks.get(method)
  }

  /** Falls back to GET for HEAD, because the route of GET answers it. */
  #find(method: string): Mark | undefined {
    return this.#table.find(method, this.pattern) ?? (method === 'HEAD' ? this.#table.find('GET', this.pattern) : undefined)
  }
}

/** A route, and the request as that route would have seen it. */
export interface FoundRoute {
  readonly route: Route
  readonly request: any
}

export interface RouteSearch {
  /** Finds the route that would have answered a refused request. `skipped` are the routes that have skipped it. */
  search(request: any, skipped: readonly Route[]): FoundRoute | undefined
}
