import type { Clock } from '../clock.ts'
import type { Batch } from '../event/batch.ts'
import { describeFailure } from '../event/describe-failure.ts'
import type { DeadLetterStore } from '../journal/dead-letter-store.ts'
import type { Cursor } from '../journal/cursors.ts'
import type { Sink } from '../sink/sink.ts'
import type { SettledRange } from './batch-bisection.ts'
import type { DeliveryCounters } from './delivery-counters.ts'
import type { DeliveryReporter } from './delivery-reporter.ts'
import type { RetryPolicy } from './retry-policy.ts'
import type { SinkFailure, SinkOpening } from './sink-opening.ts'
import { trySink, type WriteResult } from './sink-try.ts'

export interface BatchWriterOptions {
  readonly name: string
  readonly sink: Sink
  readonly cursor: Cursor
  readonly retry: Pick<RetryPolicy, 'deadlineMs'>
  readonly deadLetters: DeadLetterStore
  readonly clock: Clock
  /** Ends the try under way. */
  readonly signal: AbortSignal
  readonly counters: DeliveryCounters
  readonly opening: SinkOpening
  readonly reporter: DeliveryReporter
  readonly onAcknowledged: () => void
  readonly onDeadLettered: (batch: Batch) => void
}

/** Limit of writes to a sink that never returned; beyond it, the sink gets no more until one returns. */
const MAX_HUNG_WRITES = 3

/** Writes parts of batches to one sink, settles them in the journal, and keeps the current failure of the sink. */
export class BatchWriter {
  readonly #options: BatchWriterOptions
  #hungWrites = 0
  #lastError: unknown
  #failingSince: number | undefined

  constructor(options: BatchWriterOptions) {
    this.#options = options
  }

  /** The current problem of the sink, if it has one. */
  get failure(): SinkFailure | undefined {
    if (this.#failingSince === undefined) return this.#options.opening.failure
    return { since: this.#failingSince, error: describeFailure(this.#lastError) }
  }

  get lastError(): unknown {
    return this.#lastError
  }

  /** False while too many writes have not returned. */
  get mayWrite(): boolean {
    return this.#hungWrites < MAX_HUNG_WRITES
  }

  /** Makes one try, and counts failures. Never rejects. */
  async write(batch: Batch): Promise<WriteResult> {
    const { sink, clock, retry, signal, opening, reporter } = this.#options
    const result = await trySink(sink, batch, { clock, deadlineMs: retry.deadlineMs, signal })
    // A sink that refuses some events and stores the others is healthy.
    const isPart = result.kind === 'refused' && (result.indexes?.length ?? Infinity) < batch.lines.length
    if (result.kind === 'accepted' || isPart) {
      this.#failingSince = undefined
      opening.confirm()
    }
    if (result.kind === 'accepted') return result
    if (isPart) this.#lastError = result.error
    else this.#fail(result.error)
    if (result.kind === 'refused') reporter.refused(result.indexes?.length ?? batch.lines.length, result.error)
    if (result.kind === 'hung') {
      this.#hungWrites++
      void result.settled.then(() => this.#hungWrites--)
    }
    return result
  }

  /** Dead-letters the rejected events, then moves the cursor. False if the dead letters are full; then the cursor stays. */
  async settle(batch: Batch, { from, to, rejected }: SettledRange): Promise<boolean> {
    const { counters, reporter } = this.#options
    if (to === from) return true
    const letters = rejected.map((index) => batch.slice(index, index + 1))
    if (!(await this.#deadLetter(letters))) return false
    await this.#acknowledge(batch.slice(0, to).end)
    const delivered = to - from - letters.length
    counters.settled(delivered, letters.length)
    for (const letter of letters) this.#options.onDeadLettered(letter)
    reporter.delivered(delivered)
    this.#options.onAcknowledged()
    return true
  }

  /** Keeps the error with which delivery ended. */
  stopped(error: unknown): void {
    this.#lastError = error
  }

  /** Keeps the error; the sink is failing from now on, if it was not. */
  #fail(error: unknown): void {
    this.#failingSince ??= this.#options.clock.now()
    this.#lastError = error
  }

  /** Acknowledged events stop being pending at once; they count as settled when the journal has answered. */
  #acknowledge(end: number): Promise<void> {
    const { cursor, counters } = this.#options
    const before = cursor.pending()
    const acknowledged = cursor.acknowledge(end)
    counters.settling(before - cursor.pending())
    return acknowledged
  }

  async #deadLetter(letters: readonly Batch[]): Promise<boolean> {
    if (letters.length === 0) return true
    const { deadLetters, clock, name, reporter } = this.#options
    const at = new Date(clock.now()).toISOString()
    const reason = describeFailure(this.#lastError)
    try {
      await deadLetters.add(letters.map(({ lines, events }) => ({ sink: name, id: events[0]!.id, line: lines[0]!, reason, at })))
    } catch (error) {
      this.#fail(error)
      return false
    }
    reporter.deadLettered(letters, reason)
    return true
  }
}
