/**
 * The members that requests of Express and Fastify share. A callback of `@Audited` that reads more, or a body of a known type,
 * declares it: `({ request }: { request: Request }) => …`.
 */
export interface HttpRequest {
  readonly method: string
  readonly url: string
  /** Node joins a repeated header into one string, except `set-cookie`, which requests do not have. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The parameters of the route, also if the request was refused before its handler. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, unknown>>
  /** Undefined if the request has no body, or was refused before the body was parsed. */
  readonly body?: Readonly<Record<string, unknown>>
  readonly ip?: string
  /** Set by a guard or Passport. */
  readonly user?: Readonly<Record<string, unknown>>
}
