import type { Clock, Timer } from '../clock.ts'
import type { SystemAction } from '../event/event-pattern.ts'
import { describeFailure } from '../event/describe-failure.ts'
import type { Seal } from '../journal/seal.ts'
import type { ClaimedLog } from './claimed-log.ts'
import type { StoredRecord } from '../log-format/record-line.ts'
import type { Difference } from './seal/covered-scan.ts'
import type { LogWriter } from './log/log-writer.ts'

export interface SealLoopOptions {
  readonly clock: Clock
  readonly seal: Seal
  readonly own: () => ClaimedLog | undefined
  readonly orphaned: () => readonly ClaimedLog[]
  /** Resolves once the log of this process has recorded it. */
  readonly record: (action: SystemAction, payload: unknown) => Promise<void>
  /** Events of this log cannot be read back, or are not what was written. */
  readonly onDifference: (log: LogWriter, difference: Difference) => void
  readonly warn: (cause: string, message: string) => void
}

/** Hashing steps between two checkpoints. They are small, so that other work does not wait for them. */
const STEPS = 4
/**
 * Times of the first `audit:sealed` events, from the beginning of the log, so that even the copy of a short-lived container is
 * provable.
 */
const FIRST_MS: readonly number[] = [1_000, 5_000, 15_000, 60_000]
/** Longest time without a seal in the log itself after that. */
const BUSY_MS = 60_000
/** Longest time without any event before the log is sealed again: that proves the silence. */
const IDLE_MS = 300_000
/** How long signers and anchors may take at the end of a process. */
const CLOSE_MS = 1_000

/** Seals the active log and the orphaned logs, one after the other, as long as they have unsealed events. */
export class SealLoop {
  readonly #options: SealLoopOptions
  #timer: Timer | undefined
  #round: Promise<void> = Promise.resolve()
  #isStopped = false
  /** Time of the next possible checkpoint. */
  #dueAt = -Infinity
  /** Other events were appended since the last `audit:sealed`. */
  #isBusy = false
  #recordedAt: number
  /** The sealed log, the time since when this process writes it, and the number of its `audit:sealed` events. */
  #recorded: { readonly source: ClaimedLog | undefined; readonly since: number; count: number }
  #others: Promise<void> | undefined
  /** By the `source` of a log. */
  readonly #failures = new Map<string, { readonly since: number; readonly what: string }>()

  constructor(options: SealLoopOptions) {
    this.#options = options
    this.#recordedAt = options.clock.monotonic()
    this.#recorded = { source: undefined, since: this.#recordedAt, count: 0 }
  }

  start(): void {
    const { clock, seal } = this.#options
    const now = clock.monotonic()
    const isDue = now >= this.#dueAt
    if (isDue) this.#dueAt = now + seal.everyMs
    this.#round = isDue ? this.#seal() : this.#hash()
    void this.#round.then(() => this.#schedule(now + seal.everyMs / STEPS - clock.monotonic()))
  }

  observe(records: readonly StoredRecord[]): void {
    this.#isBusy ||= records.some(({ type, action }) => type !== 'audit' || action !== 'sealed')
  }

  get keys(): readonly string[] {
    return this.#options.seal.keys
  }

  get problems(): readonly string[] {
    const { own, orphaned, seal } = this.#options
    const mine = own()
    const unsealed = (mine ? [mine, ...orphaned()] : orphaned()).flatMap(({ log }) => {
      const failure = this.#failures.get(log.source)
      return failure ? [`A log has not been sealed since ${new Date(failure.since).toISOString()}: ${failure.what}.`] : []
    })
    return [...unsealed, ...seal.problems]
  }

  /** Seals all events, and records that in the last line of the log. Never rejects. */
  async finish(): Promise<void> {
    this.#stop()
    await this.#round
    await this.#seal()
    const mine = this.#options.own()
    if (!mine?.seal?.sealed || mine.seal.refusal || this.#failures.has(mine.log.source)) return
    await this.#options.record('sealed', mine.seal.sealed)
    await this.#seal()
  }

  /** Seals the events that were added since, and waits a moment for signers and anchors. Never rejects. */
  async close(): Promise<void> {
    this.#stop()
    const deadline = AbortSignal.timeout(CLOSE_MS)
    const sealed = this.#round.then(() => this.#seal()).then(() => this.#others)
    await Promise.race([sealed, new Promise((resolve) => deadline.addEventListener('abort', resolve))])
    await this.#options.seal.close(deadline)
  }

  #stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped) return
    this.#timer = this.#options.clock.schedule(Math.max(1, delayMs), () => this.start(), { keepAlive: false })
  }

  async #hash(): Promise<void> {
    const own = this.#options.own()
    // The same error occurs again when the log is sealed, and is reported then.
    await own?.seal?.hash().catch(() => undefined)
    if (own) this.#reportDifference(own)
  }

  async #seal(): Promise<void> {
    const mine = this.#options.own()
    // An orphaned log may be long, so nothing waits until it is sealed.
    this.#others ??= this.#sealAll(this.#options.orphaned()).finally(() => (this.#others = undefined))
    if (!mine) return
    await this.#sealAll([mine])
    this.#recordIfDue(mine)
  }

  async #sealAll(sources: readonly ClaimedLog[]): Promise<void> {
    for (const source of sources) {
      const { log, seal } = source
      try {
        await seal?.advance()
        this.#reportDifference(source)
        this.#failures.delete(log.source)
      } catch (error) {
        const since = this.#failures.get(log.source)?.since ?? this.#options.clock.now()
        const failure = { since, what: describeFailure(error) }
        this.#failures.set(log.source, failure)
        this.#options.warn('seal', `A log could not be sealed: ${failure.what}. Its events are safe; sealing is retried.`)
      }
    }
  }

  #reportDifference({ log, seal }: ClaimedLog): void {
    if (seal?.difference) this.#options.onDifference(log, seal.difference)
  }

  #recordIfDue(source: ClaimedLog): void {
    const now = this.#options.clock.monotonic()
    if (this.#recorded.source !== source)
      this.#recorded = { source, since: this.#recorded.source ? now : this.#recorded.since, count: 0 }
    const { sealed } = source.seal ?? {}
    if (!sealed || this.#isStopped || now < this.#dueToRecord) return
    this.#recordedAt = now
    this.#recorded.count++
    this.#isBusy = false
    void this.#options.record('sealed', sealed)
  }

  get #dueToRecord(): number {
    if (!this.#isBusy) return this.#recordedAt + IDLE_MS
    const { since, count } = this.#recorded
    const first = FIRST_MS[count]
    return first === undefined ? this.#recordedAt + BUSY_MS : since + first
  }
}
