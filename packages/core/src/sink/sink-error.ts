import { AuditError } from '../errors.ts'

export interface SinkErrorOptions extends ErrorOptions {
  /** False: the same batch will never be accepted. Default true. */
  readonly retryable?: boolean
  /** How long the destination asks to be left alone. */
  readonly retryAfterMs?: number
  /** Indexes that will never be accepted, all others of the batch being stored. */
  readonly refused?: readonly number[]
}

/** What a sink knows about a failure. Its message is shown to operators: it must not quote an event or a secret. */
export class SinkError extends AuditError {
  override readonly name = 'SinkError'
  readonly retryable: boolean
  readonly retryAfterMs?: number
  readonly refused?: readonly number[]

  constructor(message: string, options: SinkErrorOptions = {}) {
    super('AUDIT_SINK_FAILED', message, options)
    this.retryable = options.retryable ?? options.refused === undefined
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs
    if (options.refused !== undefined) this.refused = options.refused
  }

  static override isInstance(error: unknown): error is SinkError {
    return AuditError.isInstance(error) && error.code === 'AUDIT_SINK_FAILED' && 'retryable' in error
  }
}
