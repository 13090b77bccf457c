import { AUDITED } from './platform.ts'
import type { AuditedRequest } from './audited-request.ts'

// Nest calls a handler with what the decorators of its parameters ask for. One more parameter, behind all of them, asks for the
// request. The asynchronous context alone cannot tell which request a handler runs for: a queue or a lock around it runs it in the
// context of whichever request was done before.

/** Where Nest keeps what the parameters of a method ask for, by `<what>:<index>`. */
const ROUTE_ARGUMENTS = '__routeArguments__'
/** `RouteParamtypes.REQUEST`, which no pipe is applied to. */
const REQUEST = 0
const OURS: unique symbol = Symbol('@audit/nest.request-argument')

type RouteArguments = Readonly<Record<string, { readonly index: number; readonly [OURS]?: true }>>

/** Has Nest hand the request to the method, as the argument at the index that is returned. Before routes are registered. */
export function addRequestArgument(controller: object, key: string): number {
  // A class that extends an audited controller inherits ours, and may have more parameters.
  const given = (Reflect.getMetadata(ROUTE_ARGUMENTS, controller, key) ?? {}) as RouteArguments
  const others = Object.entries(given).filter(([, argument]) => !argument[OURS])
  const index = others.reduce((after, [, argument]) => Math.max(after, argument.index + 1), 0)
  const added = { index, data: undefined, pipes: [], [OURS]: true }
  Reflect.defineMetadata(ROUTE_ARGUMENTS, Object.fromEntries([...others, [`${REQUEST}:${index}`, added]]), controller, key)
  return index
}

/** The arguments that the method itself asked for, and the request they are of; an application that calls it gives no request. */
export function splitArguments(
  given: readonly unknown[],
  index: number,
): { readonly args: readonly unknown[]; readonly request?: AuditedRequest | undefined } {
  const last = given.length === index + 1 ? given[index] : undefined
  if (!isRequest(last)) return { args: given }
  return { args: given.slice(0, index), request: last[AUDITED] }
}

/** Express', Fastify's, or what Fastify's `inject()` makes. */
function isRequest(value: unknown): value is { readonly [AUDITED]?: AuditedRequest } {
  if (typeof value !== 'object' || value === null) return false
  const { raw = value } = value as { readonly raw?: unknown }
  return typeof (raw as { readonly httpVersion?: unknown } | null)?.httpVersion === 'string'
}
