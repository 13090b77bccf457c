/** Codes of all errors of the library. Codes are stable; messages may change. */
export type AuditErrorCode =
  | 'AUDIT_INVALID_OPTIONS'
  | 'AUDIT_INVALID_CATALOG'
  | 'AUDIT_INVALID_PATTERN'
  | 'AUDIT_UNKNOWN_EVENT'
  | 'AUDIT_INVALID_EVENT'
  | 'AUDIT_ASYNC_SCHEMA'
  | 'AUDIT_QUEUE_FULL'
  | 'AUDIT_NOT_CONFIRMED'
  | 'AUDIT_JOURNAL_FULL'
  | 'AUDIT_JOURNAL_UNAVAILABLE'
  | 'AUDIT_CURSOR_TAKEN'
  | 'AUDIT_DEAD_LETTERS_FULL'
  | 'AUDIT_SINK_FAILED'
  | 'AUDIT_STORE_UNAVAILABLE'
  | 'AUDIT_INVALID_CURSOR'
  | 'AUDIT_ANCHOR_FAILED'
  | 'AUDIT_TIMEOUT'
  | 'AUDIT_CLOSED'

export interface AuditErrorOptions {
  /** The error behind this one. Written out: a program with `target: es2021` has no `ErrorOptions`. */
  readonly cause?: unknown
  /** Each problem as `option: what is wrong`; the message contains them too. */
  readonly problems?: readonly string[]
}

const marker: unique symbol = Symbol.for('@audit/core.AuditError')

/** The only error type the library throws. Messages name the thing, never a payload value or a secret. */
export class AuditError extends Error {
  override readonly name: string = 'AuditError'
  readonly code: AuditErrorCode
  declare readonly problems?: readonly string[]

  constructor(code: AuditErrorCode, message: string, options?: AuditErrorOptions) {
    super(message, options)
    this.code = code
    if (options?.problems) this.problems = options.problems
    Object.defineProperty(this, marker, { value: true })
  }

  /** True for an AuditError of any copy of the package, ESM or CommonJS, where `instanceof` would be false. */
  static isInstance(error: unknown): error is AuditError {
    return typeof error === 'object' && error !== null && marker in error
  }
}

/**
 * Returns a rejected promise whose rejection is handled: not awaiting it cannot crash the process, awaiting it throws the error.
 */
export function handledRejection(error: unknown): Promise<never> {
  const rejection = Promise.reject<never>(error)
  rejection.catch(() => undefined)
  return rejection
}
