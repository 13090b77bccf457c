/** A request with its expected answer and events, as `name status (reason) by actor on target: payload`. */
export interface Case {
  readonly name: string
  readonly send: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** The point at which the client disconnects. */
  readonly hangsUp?: 'in the handler' | 'in the answer'
  /** The status of the answer. Omitted if the client disconnects. */
  readonly status?: number
  readonly events: readonly string[]
  /** Default: both platforms. */
  readonly only?: 'express' | 'fastify'
}
