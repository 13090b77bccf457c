import type { RouteTable } from '@audit/core/adapter'
import type { Mark, MarkOptions } from '../decorators/mark.ts'
import type { RouteHandler } from './route-handler.ts'

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
