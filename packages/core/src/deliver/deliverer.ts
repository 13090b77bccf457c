import { delay, type Clock } from '../clock.ts'
import { AuditError, handledRejection } from '../errors.ts'
import type { Publish } from '../diagnostics.ts'
import type { Reporter } from '../logger.ts'
import type { Batch, BatchLimits } from '../event/batch.ts'
import type { Cursor } from '../journal/journal.ts'
import type { Sink } from '../sink/sink.ts'
import type { DeadLetterStore } from '../journal/dead-letter-store.ts'
import { DeliveryCounters, type DeliveryCounts } from './delivery-counters.ts'
import { describeFailure } from '../event/describe-failure.ts'
import { BetweenBatches } from './between-batches.ts'
import { probe } from './probe.ts'
import { BatchBisection, type Verdict } from './batch-bisection.ts'
import { retryDelayMs, type RetryPolicy } from './retry-policy.ts'
import { createSinkNews, type DeliveryReporter } from './delivery-reporter.ts'
import { SinkOpening, type SinkFailure } from './sink-opening.ts'
import { trySink, type Answer } from './sink-try.ts'

// In: the wanted events of one cursor. Out: writes to one sink, one at a time, in order, until each event is accepted or
// dead-lettered. Nothing is lost here while the audit is open; events left at the end stay in the journal, or are lost with a
// memory journal.

/**
 * `idle`: no batch is due. `writing`: the sink has a batch. `waiting`: it failed and will be tried again. `parked`: it refuses
 * everything or hangs, and gets only a probe now and then. `draining`: the audit is closing, and pending events are sent at once.
 * `closed`: done.
 */
export type DelivererState = 'idle' | 'writing' | 'waiting' | 'parked' | 'draining' | 'closed'

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

/** Limit of writes to a sink that never returned; beyond it, the sink gets no more until one returns. */
const MAX_HUNG_WRITES = 3

export class Deliverer {
  readonly counters: DeliveryCounters = new DeliveryCounters()
  readonly #options: DelivererOptions
  readonly #reporter: DeliveryReporter
  readonly #betweenBatches = new BetweenBatches()
  readonly #stop = new AbortController()
  readonly #opening: SinkOpening
  #mode: Exclude<DelivererState, 'draining'> = 'idle'
  #isDraining = false
  #interrupt = new AbortController()
  #running: Promise<void> | undefined
  #isStopping = false
  #closed: Promise<void> | undefined
  #hungWrites = 0
  #lastError: unknown
  #failingSince: number | undefined

  constructor(options: DelivererOptions) {
    this.#options = options
    this.#reporter = createSinkNews(options.name, options.reporter, options.publish)
    this.#opening = new SinkOpening({ ...options, signal: this.#stop.signal, onFailed: this.#reporter.unopened })
    this.counters.wanted(options.cursor.pending())
  }

  get name(): string {
    return this.#options.name
  }

  get state(): DelivererState {
    return this.#isDraining && this.#mode !== 'closed' ? 'draining' : this.#mode
  }

  get counts(): DeliveryCounts {
    return this.counters.counts
  }

  get pending(): number {
    return this.#mode === 'closed' ? 0 : this.#options.cursor.pending()
  }

  /** The current problem of the sink, if it has one. */
  get failure(): SinkFailure | undefined {
    if (this.#failingSince === undefined) return this.#opening.failure
    return { since: this.#failingSince, error: describeFailure(this.#lastError) }
  }

  start(): void {
    this.#running ??= this.#run().catch((error: unknown) => {
      this.#lastError = error
      this.#reporter.stopped(error, this.pending)
    })
  }

  /** Resolves when the sink has opened its destination. Rejects with the reason if it cannot; delivery is tried anyway. */
  opened(): Promise<void> {
    return this.#opening.open()
  }

  /** Runs a task between two batches, while nothing is written. Rejects at once while the sink is failing. */
  between<T>(task: () => Promise<T>): Promise<T> {
    if (this.#isStopped || this.#mode === 'closed' || this.#mode === 'parked' || this.#mode === 'waiting') {
      return handledRejection(this.#takesNothing())
    }
    const done = this.#betweenBatches.add(task)
    if (this.#mode === 'idle') this.#interrupt.abort()
    return done
  }

  /** Resolves when every event that is pending now is delivered or dead-lettered. */
  flush(): Promise<void> {
    const flushed = this.counters.flushed(this.pending)
    if (!flushed) return Promise.resolve()
    if (this.#mode === 'idle') this.#interrupt.abort()
    return flushed
  }

  /** Delivers pending events at once, or until `signal` aborts. Resolves when no write is under way, except one that hangs. */
  drain(signal: AbortSignal): Promise<void> {
    this.#isDraining = true
    return this.#ended(signal)
  }

  /** Stops delivery; `signal` aborts the current write. Resolves when no write is under way, except one that hangs. */
  stop(signal: AbortSignal): Promise<void> {
    this.#isStopping = true
    return this.#ended(signal)
  }

  /** Ends delivery. Pending events are lost if the journal ends with the process. A second call returns the same promise. */
  close(options: { readonly pendingIsLost: boolean }): Promise<void> {
    return (this.#closed ??= this.#close(options.pendingIsLost))
  }

  async #close(pendingIsLost: boolean): Promise<void> {
    if (pendingIsLost) this.counters.lost(this.pending)
    this.#mode = 'closed'
    await this.#options.cursor.close()
    this.counters.close()
    // A write that ignores its signal still has its grace; only then may the sink release what the write is using.
    await this.#running
    this.#betweenBatches.cancelAll(this.#takesNothing())
    await this.#options.sink.close?.()
  }

  get #isStopped(): boolean {
    return this.#isStopping || this.#stop.signal.aborted
  }

  async #ended(signal: AbortSignal): Promise<void> {
    const abort = () => {
      this.#stop.abort()
      this.#interrupt.abort()
    }
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
    this.#interrupt.abort()
    await this.#running
    signal.removeEventListener('abort', abort)
  }

  #takesNothing(): AuditError {
    return new AuditError('AUDIT_SINK_FAILED', `Sink '${this.name}' accepts no events now. Try again when it does.`)
  }

  async #run(): Promise<void> {
    await this.opened().catch(() => undefined)
    for (let batch = await this.#next(); batch; batch = await this.#next()) await this.#deliver(batch)
  }

  async #next(): Promise<Batch | undefined> {
    const { cursor, batch } = this.#options
    while (!this.#isStopped && !(this.#isDraining && cursor.pending() === 0)) {
      await this.#betweenBatches.runAll()
      this.#mode = 'idle'
      this.#interrupt = new AbortController()
      const isHurried = this.#isDraining || this.counters.isHurried
      try {
        return await cursor.next(isHurried ? { ...batch, maxAgeMs: 0 } : batch, this.#interrupt.signal)
      } catch {
        if (!this.#interrupt.signal.aborted) return undefined
      }
    }
    return undefined
  }

  async #deliver(batch: Batch): Promise<void> {
    const trial = new BatchBisection(batch.lines.length)
    const progress = { settled: 0 }
    for (let range = trial.next(), failures = 0; range && !this.#isStopped; range = trial.next()) {
      const answer = await this.write(batch.slice(range.from, range.to))
      if (answer.kind === 'hung') return this.#park('it ignored its signal to stop', 0)
      const verdict = trial.judge(answer)
      if (!(await this.settle(batch, verdict, progress))) return this.#park('its dead letters are full', 0)
      if (trial.isTurnedAway) return this.#park('it refuses every event', 0)
      if (answer.kind !== 'failed' || answer.stored > 0) failures = 0
      if (answer.kind === 'failed') await this.#waitToRetry(batch.lines.length, answer, ++failures)
    }
    if (!trial.isSettled && !this.#isStopped) await this.#park('it refuses the events at the front of its queue', trial.suspects)
  }

  /** Makes one try, and counts failures. */
  async write(batch: Batch): Promise<Answer> {
    const { sink, clock, retry } = this.#options
    if (this.#mode !== 'parked') this.#mode = 'writing'
    const answer = await trySink(sink, batch, { clock, deadlineMs: retry.deadlineMs, signal: this.#stop.signal })
    // A sink that refuses some events and stores the others is healthy.
    const isPart = answer.kind === 'refused' && (answer.indexes?.length ?? Infinity) < batch.lines.length
    if (answer.kind === 'accepted' || isPart) {
      this.#failingSince = undefined
      this.#opening.confirm()
    }
    if (answer.kind === 'accepted') return answer
    if (!isPart) this.#failingSince ??= clock.now()
    this.#lastError = answer.error
    if (answer.kind === 'refused') this.#reporter.refused(answer.indexes?.length ?? batch.lines.length, answer.error)
    if (answer.kind === 'hung') {
      this.#hungWrites++
      void answer.settled.then(() => this.#hungWrites--)
    }
    return answer
  }

  /** Dead-letters the refused events, then moves the cursor. False if the dead letters are full; then the cursor stays. */
  async settle(batch: Batch, verdict: Verdict, progress: { settled: number }): Promise<boolean> {
    const count = verdict.settled - progress.settled
    if (count === 0) return true
    const convicted = verdict.convicted.map((index) => batch.slice(index, index + 1))
    if (!(await this.#deadLetter(convicted))) return false
    await this.#acknowledge(batch.slice(0, verdict.settled).end)
    progress.settled = verdict.settled
    this.counters.settled(count - convicted.length, convicted.length)
    for (const letter of convicted) this.#options.onDeadLettered(letter)
    this.#reporter.delivered(count - convicted.length)
    this.#options.onAcknowledged()
    return true
  }

  /** Acknowledged events stop being pending at once; they count as settled when the journal has answered. */
  #acknowledge(end: number): Promise<void> {
    const { cursor } = this.#options
    const before = cursor.pending()
    const acknowledged = cursor.acknowledge(end)
    this.counters.settling(before - cursor.pending())
    return acknowledged
  }

  async #deadLetter(letters: readonly Batch[]): Promise<boolean> {
    if (letters.length === 0) return true
    const { deadLetters, clock, name } = this.#options
    const at = new Date(clock.now()).toISOString()
    const reason = describeFailure(this.#lastError)
    try {
      await deadLetters.add(letters.map(({ lines, events }) => ({ sink: name, id: events[0]!.id, line: lines[0]!, reason, at })))
    } catch (error) {
      this.#failingSince ??= clock.now()
      this.#lastError = error
      return false
    }
    this.#reporter.deadLettered(letters, reason)
    return true
  }

  async #waitToRetry(count: number, answer: Extract<Answer, { kind: 'failed' }>, failures: number): Promise<void> {
    const { clock, retry } = this.#options
    if (this.#isStopped) return
    this.#mode = 'waiting'
    this.counters.retried()
    const delayMs = retryDelayMs(retry, failures, clock.random(), answer.retryAfterMs)
    this.#reporter.failed(count, answer.error, this.pending, delayMs)
    await this.#pause(delayMs)
  }

  /** Sends the sink only a probe now and then, until it accepts something or the audit closes. */
  async #park(reason: string, suspects: number): Promise<void> {
    const { clock, retry, batch, cursor } = this.#options
    this.#mode = 'parked'
    this.#reporter.parked(reason, this.#lastError, this.pending)
    for (let probes = 1; !this.#isDraining && !this.#isStopped; probes++) {
      await this.#pause(retryDelayMs(retry, probes, (1 + clock.random()) / 2))
      if (this.#isDraining || this.#isStopped || this.#hungWrites >= MAX_HUNG_WRITES) continue
      const outcome = await probe(this, cursor, suspects, batch.maxEvents)
      if (outcome === 'resumed') return this.#reporter.resumed()
      suspects = outcome.suspects
    }
    // Closing does not wait for a parked sink.
    this.#stop.abort()
  }

  async #pause(delayMs: number): Promise<void> {
    this.#interrupt = new AbortController()
    await delay(this.#options.clock, delayMs, this.#interrupt.signal, { keepAlive: false })
  }
}
