import type { HttpExchange } from '@audit/core/adapter'
import { isDenial, statusOfError } from '@audit/core/adapter'

/** How a guard ended a call: it refused (with the name of its class), or it failed. */
export type GuardEnd = Pick<HttpExchange, 'refusal' | 'thrown'>

/** `thrown` is omitted if the guard returned false. */
export function endByGuard(name: string, thrown?: { readonly error: unknown }): GuardEnd {
  if (thrown && !isRefusal(thrown.error)) return { thrown }
  return { refusal: { by: 'guard', name, ...(thrown && { thrown }) } }
}

/**
 * Nest's guards refuse a request with an HTTP exception below 500: some applications answer 200 and refuse in the body. They refuse a
 * message with an error of the transport, which has no status. Any other error, such as the 404 of a service that the guard calls, is
 * a failure of the guard.
 */
function isRefusal(error: unknown): boolean {
  const status = statusOfError(error)
  if (status === undefined) return hasMethod(error, 'getError')
  return isDenial(status) || (hasMethod(error, 'getResponse') && status < 500)
}

/** Recognizes an exception by its methods, because it may come from another copy of `@nestjs/common`. */
function hasMethod(error: unknown, name: string): boolean {
  try {
    return typeof (error as Record<string, unknown> | null | undefined)?.[name] === 'function'
  } catch {
    return false
  }
}
