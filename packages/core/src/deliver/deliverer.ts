import { delay, type Clock } from '../clock.ts'
import { AuditError, handledRejection } from '../errors.ts'
import type { Publish } from '../diagnostics.ts'
import { Milestones } from '../milestones.ts'
import type { Reporter } from '../logger.ts'
import type { Batch } from '../event/batch.ts'
import type { BatchLimits, Cursor } from '../journal/journal.ts'
import type { Sink } from '../sink/sink.ts'
import type { DeadLetters } from '../journal/dead-letters.ts'
import { describeFailure } from './describe-failure.ts'
import { probe } from './probe.ts'
import { RefusalTrial, type Verdict } from './refusal-trial.ts'
import { retryDelayMs, type RetryPolicy } from './retry-policy.ts'
import { createSinkNews, type SinkNews } from './sink-news.ts'
import { trySink, type Answer } from './sink-try.ts'

// In: the wanted events of one cursor. Out: writes to one sink, one at a time, in order, until each event is accepted or
// dead-lettered. Nothing is lost here while the audit is open; what is left at the end is the journal's to keep, or with a memory
// journal to lose.

/**
 * `idle`: no batch is due. `writing`: the sink has a batch. `waiting`: it failed and will be tried again. `parked`: it refuses
 * everything or hangs; it is probed now and then. `draining`: the audit is closing, and what is left goes out at once. `closed`:
 * done.
 */
export type DelivererState = 'idle' | 'writing' | 'waiting' | 'parked' | 'draining' | 'closed'

/** Events, each counted once however often it was sent; `retried` counts tries. */
export interface DeliveryCounts {
  readonly wanted: number
  readonly delivered: number
  readonly deadLettered: number
  readonly lost: number
  readonly retried: number
}

export interface DelivererOptions {
  readonly name: string
  readonly sink: Sink
  readonly cursor: Cursor
  readonly batch: BatchLimits
  readonly retry: RetryPolicy
  readonly deadLetters: DeadLetters
  readonly clock: Clock
  readonly reporter: Reporter
  readonly publish: Publish
  /** The cursor moved, so the journal may have room. */
  readonly onAcknowledged: () => void
  readonly onDeadLettered: (batch: Batch) => void
}

/** Writes to a sink that never came back; more of them and the sink is left alone until one does. */
const MAX_HUNG_WRITES = 3

export class Deliverer {
  readonly #options: DelivererOptions
  readonly #news: SinkNews
  readonly #counts = { wanted: 0, delivered: 0, deadLettered: 0, lost: 0, retried: 0 }
  readonly #stop = new AbortController()
  /** Reached when so many events are settled. */
  readonly #flushes = new Milestones()
  #mode: Exclude<DelivererState, 'draining'> = 'idle'
  #isDraining = false
  #interrupt = new AbortController()
  #running: Promise<void> | undefined
  #tasks: (() => Promise<void>)[] = []
  #hungWrites = 0
  #lastError: unknown
  #failingSince: number | undefined

  constructor(options: DelivererOptions) {
    this.#options = options
    this.#news = createSinkNews(options.name, options.reporter, options.publish)
    this.#counts.wanted = options.cursor.pending()
  }

  get name(): string {
    return this.#options.name
  }

  get state(): DelivererState {
    return this.#isDraining && this.#mode !== 'closed' ? 'draining' : this.#mode
  }

  get counts(): DeliveryCounts {
    return { ...this.#counts }
  }

  get pending(): number {
    return this.#mode === 'closed' ? 0 : this.#options.cursor.pending()
  }

  /** What is wrong with the sink, while something is. */
  get failure(): { readonly since: number; readonly error: string } | undefined {
    return this.#failingSince === undefined ? undefined : { since: this.#failingSince, error: describeFailure(this.#lastError) }
  }

  start(): void {
    this.#running ??= this.#run().catch((error: unknown) => {
      this.#lastError = error
      this.#news.stopped(error, this.pending)
    })
  }

  /** The journal holds more that this sink wants. */
  countWanted(count: number): void {
    this.#counts.wanted += count
  }

  /** So many that were pending will not come: the journal let them go, and has recorded that. */
  countLost(count: number): void {
    this.#counts.lost += count
    this.#resolveFlushes()
  }

  /** Runs a task between two batches, while nothing is written. Rejects at once while the sink is not well. */
  between<T>(task: () => Promise<T>): Promise<T> {
    if (this.#isStopped || this.#mode === 'closed' || this.#mode === 'parked' || this.#mode === 'waiting') {
      return handledRejection(
        new AuditError('AUDIT_SINK_FAILED', `Sink '${this.name}' takes nothing now. Try again once it does.`),
      )
    }
    return new Promise((resolve, reject) => {
      this.#tasks.push(() => task().then(resolve, reject))
      if (this.#mode === 'idle') this.#interrupt.abort()
    })
  }

  /** Resolves when everything that is pending now is delivered or dead-lettered. */
  flush(): Promise<void> {
    const settled = this.#settledCount + this.pending
    if (settled === this.#settledCount) return Promise.resolve()
    const flushed = this.#flushes.until(settled)
    if (this.#mode === 'idle') this.#interrupt.abort()
    return flushed
  }

  /**
   * Delivers what is left at once, until it is done or `signal` aborts. Resolves when no write is under way, except one that
   * hangs.
   */
  async drain(signal: AbortSignal): Promise<void> {
    this.#isDraining = true
    this.#interrupt.abort()
    const stop = () => {
      this.#stop.abort()
      this.#interrupt.abort()
    }
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
    await this.#running
    signal.removeEventListener('abort', stop)
  }

  /** Ends it. What is still pending is lost if the journal goes with the process. */
  async close(options: { readonly pendingIsLost: boolean }): Promise<void> {
    if (options.pendingIsLost) this.#counts.lost += this.pending
    this.#mode = 'closed'
    await this.#options.cursor.close()
    this.#resolveFlushes()
    // A write that ignores its signal still has its grace; only then may the sink release what the write is using.
    await this.#running
    await this.#options.sink.close?.()
  }

  get #settledCount(): number {
    return this.#counts.delivered + this.#counts.deadLettered + this.#counts.lost
  }

  get #isStopped(): boolean {
    return this.#stop.signal.aborted
  }

  async #run(): Promise<void> {
    for (;;) {
      const batch = await this.#next()
      if (!batch) return
      await this.#deliver(batch)
    }
  }

  async #next(): Promise<Batch | undefined> {
    const { cursor, batch } = this.#options
    while (!this.#isStopped && !(this.#isDraining && cursor.pending() === 0)) {
      for (let task = this.#tasks.shift(); task; task = this.#tasks.shift()) await task()
      this.#mode = 'idle'
      this.#interrupt = new AbortController()
      const isHurried = this.#isDraining || !this.#flushes.isEmpty
      try {
        return await cursor.next(isHurried ? { ...batch, maxAgeMs: 0 } : batch, this.#interrupt.signal)
      } catch {
        if (!this.#interrupt.signal.aborted) return undefined
      }
    }
    return undefined
  }

  async #deliver(batch: Batch): Promise<void> {
    const trial = new RefusalTrial(batch.lines.length)
    const progress = { settled: 0 }
    for (let range = trial.next(), failures = 0; range && !this.#isStopped; range = trial.next()) {
      const answer = await this.write(batch.slice(range.from, range.to))
      if (answer.kind === 'failed') await this.#waitToRetry(batch.lines.length, answer, ++failures)
      else if (answer.kind === 'hung') return this.#park('it ignored its signal to stop', 0)
      else {
        failures = 0
        const verdict = answer.kind === 'accepted' ? trial.accepted() : trial.refused(answer.indexes)
        if (!(await this.settle(batch, verdict, progress))) return this.#park('its dead letters are full', 0)
      }
    }
    if (!trial.isSettled && !this.#isStopped) await this.#park('it refuses what it is given', trial.suspects)
  }

  /** One try. Keeps the books of failures. */
  async write(batch: Batch): Promise<Answer> {
    const { sink, clock, retry } = this.#options
    if (this.#mode !== 'parked') this.#mode = 'writing'
    const answer = await trySink(sink, batch, { clock, deadlineMs: retry.deadlineMs, signal: this.#stop.signal })
    // Who refuses some and stores the others is well.
    const isPart = answer.kind === 'refused' && (answer.indexes?.length ?? Infinity) < batch.lines.length
    if (answer.kind === 'accepted' || isPart) this.#failingSince = undefined
    if (answer.kind === 'accepted') return answer
    if (!isPart) this.#failingSince ??= clock.now()
    this.#lastError = answer.error
    if (answer.kind === 'refused') this.#news.refused(answer.indexes?.length ?? batch.lines.length, answer.error)
    if (answer.kind === 'hung') {
      this.#hungWrites++
      void answer.settled.then(() => this.#hungWrites--)
    }
    return answer
  }

  /** Dead-letters the convicted, then moves the cursor. False if the dead letters take no more; then the cursor stays. */
  async settle(batch: Batch, verdict: Verdict, progress: { settled: number }): Promise<boolean> {
    const count = verdict.settled - progress.settled
    if (count === 0) return true
    const convicted = verdict.convicted.map((index) => batch.slice(index, index + 1))
    if (!(await this.#deadLetter(convicted))) return false
    await this.#options.cursor.acknowledge(batch.slice(0, verdict.settled).end)
    progress.settled = verdict.settled
    this.#counts.deadLettered += convicted.length
    this.#counts.delivered += count - convicted.length
    for (const letter of convicted) this.#options.onDeadLettered(letter)
    this.#news.delivered(count - convicted.length)
    this.#options.onAcknowledged()
    this.#resolveFlushes()
    return true
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
    this.#news.deadLettered(letters, reason)
    return true
  }

  async #waitToRetry(count: number, answer: Extract<Answer, { kind: 'failed' }>, failures: number): Promise<void> {
    const { clock, retry } = this.#options
    if (this.#isStopped) return
    this.#mode = 'waiting'
    this.#counts.retried++
    const delayMs = retryDelayMs(retry, failures, clock.random(), answer.retryAfterMs)
    this.#news.failed(count, answer.error, this.pending, delayMs)
    await this.#pause(delayMs)
  }

  /** Leaves the sink alone, but for a probe now and then, until it accepts something or the audit closes. */
  async #park(reason: string, suspects: number): Promise<void> {
    const { clock, retry, batch, cursor } = this.#options
    this.#mode = 'parked'
    this.#news.parked(reason, this.#lastError, this.pending)
    for (let probes = 1; !this.#isDraining && !this.#isStopped; probes++) {
      await this.#pause(retryDelayMs(retry, probes, (1 + clock.random()) / 2))
      if (this.#isDraining || this.#isStopped || this.#hungWrites >= MAX_HUNG_WRITES) continue
      const outcome = await probe(this, cursor, suspects, batch.maxEvents)
      if (outcome === 'resumed') return this.#news.resumed()
      suspects = outcome.suspects
    }
    // A sink that is parked while the audit closes keeps nobody waiting.
    this.#stop.abort()
  }

  async #pause(delayMs: number): Promise<void> {
    this.#interrupt = new AbortController()
    await delay(this.#options.clock, delayMs, this.#interrupt.signal, { keepAlive: false })
  }

  #resolveFlushes(): void {
    this.#flushes.reach(this.#mode === 'closed' ? Infinity : this.#settledCount)
  }
}
