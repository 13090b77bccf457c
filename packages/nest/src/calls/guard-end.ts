import type { HttpFacts } from '@audit/core/adapter'
import { isDenial, statusOfError } from '@audit/core/adapter'

/** How a guard ended a call: it refused, by the name of its class, or failed itself. */
export type GuardEnd = Pick<HttpFacts, 'refusal' | 'thrown'>

/** `thrown` is left out if the guard said no. */
export function endByGuard(name: string, thrown?: { readonly error: unknown }): GuardEnd {
  if (thrown && !isRefusal(thrown.error)) return { thrown }
  return { refusal: { by: 'guard', name, ...(thrown && { thrown }) } }
}

/**
 * Nest's guards refuse with an HTTP exception of the 4xx kind, those of messages with an error of the transport, which has no
 * status. Anything else that a guard throws, such as the 404 of a service that it asks, is the guard's own failure.
 */
function isRefusal(error: unknown): boolean {
  const status = statusOfError(error)
  if (status === undefined) return hasMethod(error, 'getError')
  return isDenial(status) || (hasMethod(error, 'getResponse') && status >= 400 && status < 500)
}

/** By its methods, since the exception may be of another copy of `@nestjs/common`. */
function hasMethod(error: unknown, name: string): boolean {
  try {
    return typeof (error as Record<string, unknown> | null | undefined)?.[name] === 'function'
  } catch {
    return false
  }
}
