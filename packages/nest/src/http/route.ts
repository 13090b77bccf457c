import type { RouteTable } from '@audit/core/adapter'
import type { Mark, MarkOptions } from '../decorators/mark.ts'
import type { RouteHandler } from './route-handler.ts'

/** A route as it was registered: its pattern, never a path, and what its requests are recorded as. */
export class Route {
  readonly pattern: string
  /** None answers a route that was not made by a controller: one of Express or Fastify itself. */
  readonly handler: RouteHandler | undefined
  readonly methods: readonly string[]
  readonly #table: RouteTable<MarkOptions>
  readonly #marks = new Map<string, Mark | undefined>()

  constructor(pattern: string, methods: readonly string[], handler: RouteHandler | undefined, table: RouteTable<MarkOptions>) {
    this.pattern = pattern
    this.methods = methods
    this.handler = handler
    this.#table = table
  }

  answers(method: string): boolean {
    return this.methods.includes('*') || this.methods.includes(method) || (method === 'HEAD' && this.methods.includes('GET'))
  }

  /** What a decorator says, or the table of routes. */
  markFor(method: string): Mark | undefined {
    if (this.handler?.mark) return this.handler.mark
    if (!this.#marks.has(method)) this.#marks.set(method, this.#find(method))
    return this.#marks.get(method)
  }

  /** HEAD is answered by the route of GET. */
  #find(method: string): Mark | undefined {
    return this.#table.find(method, this.pattern) ?? (method === 'HEAD' ? this.#table.find('GET', this.pattern) : undefined)
  }
}
