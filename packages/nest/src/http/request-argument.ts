import { AUDITED } from './platform.ts'
import type { AuditedRequest } from './audited-request.ts'

// Nest calls a handler with the arguments that its parameter decorators request. This adds one more parameter, after all others, for
// the request. The asynchronous context is not reliable: a queue or a lock may run a handler in the context of the request before.

/** The metadata key under which Nest stores the parameters of a method, by `<kind>:<index>`. */
const ROUTE_ARGUMENTS = '__routeArguments__'
/** `RouteParamtypes.REQUEST`. Nest applies no pipe to it. */
const REQUEST = 0
const OURS: unique symbol = Symbol('@audit/nest.request-argument')

type RouteArguments = Readonly<Record<string, { readonly index: number; readonly [OURS]?: true }>>

/** Makes Nest pass the request to the method, at the returned index. To be called before routes are registered. */
export function addRequestArgument(controller: object, key: string): number {
  // A class that extends an audited controller inherits ours, and may have more parameters.
  const given = (Reflect.getMetadata(ROUTE_ARGUMENTS, controller, key) ?? {}) as RouteArguments
  const others = Object.entries(given).filter(([, argument]) => !argument[OURS])
  const index = others.reduce((after, [, argument]) => Math.max(after, argument.index + 1), 0)
  const added = { index, data: undefined, pipes: [], [OURS]: true }
  Reflect.defineMetadata(ROUTE_ARGUMENTS, Object.fromEntries([...others, [`${REQUEST}:${index}`, added]]), controller, key)
  return index
}

/** Separates the method's own arguments from the request, which is undefined if the application calls the method itself. */
export function splitArguments(
  given: readonly unknown[],
  index: number,
): { readonly args: readonly unknown[]; readonly request?: AuditedRequest | undefined } {
  const last = given.length === index + 1 ? given[index] : undefined
  if (!isRequest(last)) return { args: given }
  return { args: given.slice(0, index), request: last[AUDITED] }
}

/** True for a request of Express, of Fastify, or of Fastify's `inject()`. */
function isRequest(value: unknown): value is { readonly [AUDITED]?: AuditedRequest } {
  if (typeof value !== 'object' || value === null) return false
  const { raw = value } = value as { readonly raw?: unknown }
  return typeof (raw as { readonly httpVersion?: unknown } | null)?.httpVersion === 'string'
}
