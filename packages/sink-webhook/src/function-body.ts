import { SinkError, type AuditEvent } from '@audit/core/sink'

/**
 * The text of what a function makes of an event, as JSON. Throws what the function throws, and a SinkError that is not retryable
 * if its result is no JSON; the message does not quote it.
 */
export function functionBody(body: (event: AuditEvent) => unknown): (event: AuditEvent) => string {
  return (event) => {
    const result = body(event)
    if (typeof (result as { then?: unknown } | null)?.then === 'function') {
      // Nobody waits for it, and nobody else would notice that it rejects.
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
