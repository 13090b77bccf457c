import { delay, type Clock } from '../clock.ts'
import { AuditError, handledRejection } from '../errors.ts'
import type { Publish } from '../diagnostics.ts'
import type { Reporter } from '../logger.ts'
import type { Batch, BatchLimits } from '../event/batch.ts'
import type { Cursor } from '../journal/cursors.ts'
import type { Sink } from '../sink/sink.ts'
import type { DeadLetter, DeadLetterStore } from '../journal/dead-letter-store.ts'
import { BatchBisection } from './batch-bisection.ts'
import { BatchWriter } from './batch-writer.ts'
import { BetweenBatches } from './between-batches.ts'
import { DeliveryCounters, type DeliveryCounts } from './delivery-counters.ts'
import { createDeliveryReporter, type DeliveryReporter } from './delivery-reporter.ts'
import { probeUntilResumed } from './probe.ts'
import { replayLetters, type ReplayResult } from './replay.ts'
import { retryDelayMs, type RetryPolicy } from './retry-policy.ts'
import { SinkOpening, type SinkFailure } from './sink-opening.ts'
import type { WriteResult } from './sink-try.ts'

// In: the wanted events of one cursor. Out: writes to one sink, one at a time, in order, until each event is accepted or
// dead-lettered. Nothing is lost here while the audit is open; events left at the end stay in the journal, or are lost with a
// memory journal.

/** See `Deliverer`. */
export type DelivererState = 'idle' | 'writing' | 'waiting' | 'parked' | 'draining' | 'stopping' | 'closed'

export interface DelivererOptions {
  readonly name: string
  readonly sink: Sink
  readonly cursor: Cursor
  readonly batch: BatchLimits
  readonly retry: RetryPolicy
  readonly deadLetters: DeadLetterStore
  readonly clock: Clock
  readonly reporter: Reporter
  readonly publish: Publish
  /** Called when the cursor moved, so that the journal may have room. */
  readonly onAcknowledged: () => void
  readonly onDeadLettered: (batch: Batch) => void
}

/** A state of a higher rank is never left for one of a lower rank. */
const rank: Readonly<Record<DelivererState, number>> = {
  idle: 0,
  writing: 0,
  waiting: 0,
  parked: 0,
  draining: 1,
  stopping: 2,
  closed: 3,
}

/**
 * The loop that delivers to one sink. Its state must only be changed by `#enter`.
 *
 * `idle`: no batch is due. Entered after each batch; left when the next one is due, or `flush()` or a replay asks for it.
 * `writing`: the sink has a part of a batch, or of a replay.
 * `waiting`: the sink failed. Left for `writing` after a growing, random wait. A replay is rejected.
 * `parked`: the sink refuses everything, hangs, or its dead letters are full. It gets only a probe now and then, and is left for
 * `idle` when one is accepted. A replay is rejected.
 * `draining`: the audit is closing, so pending events are sent at once. A sink that was parked gets nothing more.
 * `stopping`: no further batch is sent. The sink is being removed, the time for draining is over, or it was parked when the audit
 * closed. Ends with the write under way.
 * `closed`: the cursor is closed, and `pending` is 0.
 */
export class Deliverer {
  readonly counters: DeliveryCounters
  readonly #options: DelivererOptions
  readonly #reporter: DeliveryReporter
  readonly #betweenBatches = new BetweenBatches()
  readonly #opening: SinkOpening
  readonly #writer: BatchWriter
  #state: DelivererState = 'idle'
  /** Aborts the write under way. */
  readonly #stop = new AbortController()
  /** Ends the wait for a batch, for the next try or for the next probe. */
  #interrupt = new AbortController()
  #running: Promise<void> | undefined
  #closed: Promise<void> | undefined

  constructor(options: DelivererOptions) {
    const { signal } = this.#stop
    this.#options = options
    this.#reporter = createDeliveryReporter(options.name, options.reporter, options.publish)
    this.#opening = new SinkOpening({ ...options, signal, onFailed: this.#reporter.unopened })
    this.counters = new DeliveryCounters(() => options.cursor.pending())
    this.#writer = new BatchWriter({
      ...options,
      signal,
      counters: this.counters,
      opening: this.#opening,
      reporter: this.#reporter,
    })
  }

  get name(): string {
    return this.#options.name
  }

  get state(): DelivererState {
    return this.#state
  }

  get counts(): DeliveryCounts {
    return this.counters.counts
  }

  get pending(): number {
    return this.counters.pending
  }

  /** The current problem of the sink, if it has one. */
  get failure(): SinkFailure | undefined {
    return this.#writer.failure
  }

  start(): void {
    this.#running ??= this.#run().catch((error: unknown) => {
      this.#writer.stopped(error)
      this.#reporter.stopped(error, this.pending)
    })
  }

  /** Resolves when the sink has opened its destination. Rejects with the reason if it cannot; delivery is tried anyway. */
  opened(): Promise<void> {
    return this.#opening.open()
  }

  /** Sends dead letters again between two batches, while nothing else is written. Rejects at once while the sink is failing. */
  replay(letters: readonly DeadLetter[]): Promise<ReplayResult> {
    if (['waiting', 'parked', 'stopping', 'closed'].includes(this.#state)) return handledRejection(this.#acceptsNothing())
    const { deadLetters, batch } = this.#options
    const replayed = this.#betweenBatches.add(() => {
      this.#enter('writing')
      return replayLetters(letters, { writer: this.#writer, deadLetters, maxEvents: batch.maxEvents })
    })
    if (this.#state === 'idle') this.#interrupt.abort()
    return replayed
  }

  /** Resolves when every event that is pending now is delivered or dead-lettered. */
  flush(): Promise<void> {
    const flushed = this.counters.flushed()
    if (!flushed) return Promise.resolve()
    if (this.#state === 'idle') this.#interrupt.abort()
    return flushed
  }

  /** Delivers pending events at once, or until `signal` aborts. Resolves when no write is under way, except one that hangs. */
  drain(signal: AbortSignal): Promise<void> {
    this.#enter('draining')
    return this.#ended(signal)
  }

  /** Stops delivery; `signal` aborts the current write. Resolves when no write is under way, except one that hangs. */
  stop(signal: AbortSignal): Promise<void> {
    this.#enter('stopping')
    return this.#ended(signal)
  }

  /** Ends delivery. Pending events are lost if the journal ends with the process. A second call returns the same promise. */
  close(options: { readonly pendingIsLost: boolean }): Promise<void> {
    return (this.#closed ??= this.#close(options))
  }

  /** The only place that changes the state. */
  #enter(state: DelivererState): void {
    if (rank[state] >= rank[this.#state]) this.#state = state
  }

  get #isStopping(): boolean {
    return rank[this.#state] >= rank.stopping
  }

  async #close(options: { readonly pendingIsLost: boolean }): Promise<void> {
    this.counters.end(options)
    this.#enter('closed')
    await this.#options.cursor.close()
    this.counters.close()
    // A write that ignores its signal still has its grace; only then may the sink release what the write is using.
    await this.#running
    this.#betweenBatches.cancelAll(this.#acceptsNothing())
    await this.#options.sink.close?.()
  }

  /** Stops without waiting for the write under way, the next try or the next probe. */
  readonly #stopNow = (): void => {
    this.#enter('stopping')
    this.#stop.abort()
    this.#interrupt.abort()
  }

  async #ended(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', this.#stopNow)
    if (signal.aborted) this.#stopNow()
    this.#interrupt.abort()
    await this.#running
    signal.removeEventListener('abort', this.#stopNow)
  }

  #acceptsNothing(): AuditError {
    return new AuditError('AUDIT_SINK_FAILED', `Sink '${this.name}' accepts no events now. Try again when it does.`)
  }

  async #run(): Promise<void> {
    await this.opened().catch(() => undefined)
    for (let batch = await this.#next(); batch; batch = await this.#next()) await this.#deliver(batch)
  }

  async #next(): Promise<Batch | undefined> {
    const { cursor, batch } = this.#options
    while (!this.#isStopping && !(this.#state === 'draining' && cursor.pending() === 0)) {
      await this.#betweenBatches.runAll()
      this.#enter('idle')
      this.#interrupt = new AbortController()
      const isHurried = this.#state === 'draining' || this.counters.isHurried
      try {
        return await cursor.next(isHurried ? { ...batch, maxAgeMs: 0 } : batch, this.#interrupt.signal)
      } catch {
        if (!this.#interrupt.signal.aborted) return undefined
      }
    }
    return undefined
  }

  /** Sends a batch, or parts of it, until every event is settled, the sink is parked, or delivery stops. */
  async #deliver(batch: Batch): Promise<void> {
    const bisection = new BatchBisection(batch.lines.length)
    for (let range = bisection.next(), failures = 0; range && !this.#isStopping; range = bisection.next()) {
      this.#enter('writing')
      const result = await this.#writer.write(batch.slice(range.from, range.to))
      if (result.kind === 'hung') return this.#park('it ignored its signal to stop')
      if (!(await this.#writer.settle(batch, bisection.split(result)))) return this.#park('its dead letters are full')
      if (bisection.isParked) return this.#park('it refuses every event')
      if (result.kind !== 'failed' || result.stored > 0) failures = 0
      if (result.kind === 'failed') await this.#waitToRetry(batch.lines.length, result, ++failures)
    }
    if (bisection.isSettled || this.#isStopping) return
    await this.#park('it refuses the events at the front of its queue', bisection.unconfirmed)
  }

  async #waitToRetry(count: number, result: Extract<WriteResult, { kind: 'failed' }>, failures: number): Promise<void> {
    const { clock, retry } = this.#options
    if (this.#isStopping) return
    this.#enter('waiting')
    this.counters.retried()
    const delayMs = retryDelayMs(retry, failures, clock.random(), result.retryAfterMs)
    this.#reporter.failed(count, result.error, this.pending, delayMs)
    this.#interrupt = new AbortController()
    await delay(clock, delayMs, this.#interrupt.signal, { keepAlive: false })
  }

  /** Sends the sink only a probe now and then, until it accepts something or the audit closes. */
  async #park(reason: string, unconfirmed = 0): Promise<void> {
    this.#enter('parked')
    this.#reporter.parked(reason, this.#writer.lastError, this.pending)
    this.#interrupt = new AbortController()
    const probing = { ...this.#options, writer: this.#writer, signal: this.#interrupt.signal }
    if (this.#state === 'parked' && (await probeUntilResumed(probing, unconfirmed))) this.#reporter.resumed()
    // Closing does not wait for a parked sink.
    else this.#stopNow()
  }
}
