import { delay, type Clock } from '../clock.ts'
import { describeFailure } from '../event/describe-failure.ts'
import { SinkError } from '../sink/sink-error.ts'
import type { RetryPolicy } from './retry-policy.ts'
import type { Sink } from '../sink/sink.ts'

export interface SinkOpeningOptions {
  readonly sink: Sink
  readonly clock: Clock
  readonly retry: Pick<RetryPolicy, 'deadlineMs'>
  /** Ends the try under way. */
  readonly signal: AbortSignal
  readonly onFailed: (error: unknown) => void
}

export interface SinkFailure {
  readonly since: number
  readonly error: string
}

/** Asks a sink to open its destination, so that a path that cannot be written to is known before the first event. */
export class SinkOpening {
  readonly #options: SinkOpeningOptions
  #opened: Promise<void> | undefined
  #failure: SinkFailure | undefined

  constructor(options: SinkOpeningOptions) {
    this.#options = options
  }

  /** The reason why the destination is not open, after a failed try. */
  get failure(): SinkFailure | undefined {
    return this.#failure
  }

  /** Resolves when the destination is open. Rejects with the error of the sink, or after the deadline; then the next call tries again. */
  open(): Promise<void> {
    return (this.#opened ??= this.#open())
  }

  /** The sink stored a batch, so its destination is open. */
  confirm(): void {
    this.#failure = undefined
    this.#opened = Promise.resolve()
  }

  async #open(): Promise<void> {
    const { sink, clock, retry, signal, onFailed } = this.#options
    if (!sink.open) return
    const attempt = new AbortController()
    const late = delay(clock, retry.deadlineMs, AbortSignal.any([signal, attempt.signal]), { keepAlive: false }).then(() => {
      throw new SinkError(`It did not open within ${retry.deadlineMs} ms.`)
    })
    try {
      await Promise.race([(async () => sink.open?.({ signal: attempt.signal }))(), late])
      this.#failure = undefined
    } catch (error) {
      this.#opened = undefined
      this.#failure ??= { since: clock.now(), error: `it cannot be opened: ${describeFailure(error)}` }
      onFailed(error)
      throw error
    } finally {
      attempt.abort()
    }
  }
}
