import { guarded, type HttpExchange } from '@audit/core/adapter'

// A request that ended before it came to a route.

/** False below 300, because such a status refuses nothing, and for 304, because the client already has the answer. */
export function isRefusal(status: number): boolean {
  return status >= 300 && status !== 304
}

/** The refusal by a middleware. A redirect is one if Passport says that the caller is not signed in. */
export function refusalOfMiddleware(request: any, audit: object): Pick<HttpExchange, 'refusal' | 'isUnauthenticated'> {
  // Fastify's middleware receives Node's request.
  const { raw = request } = request
  const isUnauthenticated = guarded(audit, 'a request', () => raw.isUnauthenticated?.() === true)
  return { refusal: { by: 'middleware' }, isUnauthenticated }
}
