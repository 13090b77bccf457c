import { AuditError } from '../errors.ts'

export interface SinkErrorOptions {
  /** The error behind this one. Written out: a program with `target: es2021` has no `ErrorOptions`. */
  readonly cause?: unknown
  /** False: the same batch will never be accepted. Default true. */
  readonly retryable?: boolean
  /** How long the destination asks to be left alone. */
  readonly retryAfterMs?: number
  /** Indexes that will never be accepted, all others of the batch being stored. */
  readonly refused?: readonly number[]
  /**
   * So many events from the front of the batch are stored, and the error is about those behind them: for a sink that sends one
   * event at a time. Default 0.
   */
  readonly stored?: number
  /**
   * The destination turns away whatever is brought (a rotated secret, a wrong address): the sink is parked at once, no event is
   * blamed, and nothing but a probe is sent until one is accepted. Such an error is never retryable.
   */
  readonly parks?: boolean
}

/** What a sink knows about a failure. Its message is shown to operators: it must not quote an event or a secret. */
export class SinkError extends AuditError {
  override readonly name = 'SinkError'
  readonly retryable: boolean
  readonly retryAfterMs?: number
  readonly refused?: readonly number[]
  readonly stored?: number
  readonly parks?: boolean

  constructor(message: string, options: SinkErrorOptions = {}) {
    super('AUDIT_SINK_FAILED', message, options)
    this.retryable = options.parks === true ? false : (options.retryable ?? options.refused === undefined)
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs
    if (options.refused !== undefined) this.refused = options.refused
    if (options.stored !== undefined) this.stored = options.stored
    if (options.parks !== undefined) this.parks = options.parks
  }

  static override isInstance(error: unknown): error is SinkError {
    return AuditError.isInstance(error) && error.code === 'AUDIT_SINK_FAILED' && 'retryable' in error
  }
}
