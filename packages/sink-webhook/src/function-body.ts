import { SinkError, type AuditEvent } from '@audit/core/sink'

/**
 * Sends the function's result as JSON. Rethrows the function's errors, and throws a SinkError that is not retryable, without quoting
 * the result, if that is not JSON.
 */
export function functionBody(body: (event: AuditEvent) => unknown): (event: AuditEvent) => string {
  return (event) => {
    const result = body(event)
    if (typeof (result as { then?: unknown } | null)?.then === 'function') {
      // Handle its rejection, which would otherwise be unhandled.
      void Promise.resolve(result).catch(() => undefined)
      throw notJson('a promise')
    }
    const text = stringify(result)
    if (text === undefined) throw notJson(result === undefined ? 'undefined' : 'something else')
    return text
  }
}

function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value) as string | undefined
  } catch {
    return undefined
  }
}

function notJson(what: string): SinkError {
  return new SinkError(`The function 'body' must return a value that JSON can express, but it returned ${what}.`, {
    retryable: false,
  })
}
