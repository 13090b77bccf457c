/**
 * What requests of Express and Fastify have in common. A callback of `@Audited` that reads more, or a body of a known type, says
 * so: `({ request }: { request: Request }) => …`.
 */
export interface HttpRequest {
  readonly method: string
  readonly url: string
  /** Node joins a repeated header to one text, except `set-cookie`, which requests do not have. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The parameters of the route, also if the request was refused before its handler. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, unknown>>
  /** Undefined if there is none, or if the request was refused before it was parsed. */
  readonly body?: Readonly<Record<string, unknown>>
  readonly ip?: string
  /** As a guard or Passport sets it. */
  readonly user?: Readonly<Record<string, unknown>>
}
