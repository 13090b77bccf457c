import { AuditError } from '../errors.ts'

export interface SinkErrorOptions {
  /** The error behind this one. Written out: a program with `target: es2021` has no `ErrorOptions`. */
  readonly cause?: unknown
  /** False: the same batch will never be accepted. Default true. */
  readonly retryable?: boolean
  /** Time that the destination asks to wait before the next try. */
  readonly retryAfterMs?: number
  /** Indexes of the events that will never be accepted; all others of the batch are stored. */
  readonly refused?: readonly number[]
  /**
   * Number of events at the front of the batch that are stored; the error is about the later ones. For a sink that sends one
   * event at a time. Default 0.
   */
  readonly stored?: number
  /**
   * The destination refuses everything (a rotated secret, a wrong address): the sink is parked at once, no event is blamed, and
   * only a probe is sent until one is accepted. Such an error is never retryable.
   */
  readonly parks?: boolean
}

/** Describes a failure of a sink. Operators see its message: it must not quote an event or a secret. */
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
