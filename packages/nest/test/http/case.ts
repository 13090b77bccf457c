/** A request, and what there is to say of it: its answer, and its events as `name status (reason) by actor on target: payload`. */
export interface Case {
  readonly name: string
  readonly send: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Where the client hangs up. */
  readonly hangsUp?: 'in the handler' | 'in the answer'
  /** The status of the answer; none if nobody waited for it. */
  readonly status?: number
  readonly events: readonly string[]
  /** Default both. */
  readonly only?: 'express' | 'fastify'
}
