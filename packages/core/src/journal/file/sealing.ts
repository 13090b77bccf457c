import type { Clock, Timer } from '../../clock.ts'
import type { FactAction } from '../../event/event-pattern.ts'
import { describeFailure } from '../../event/describe-failure.ts'
import type { Seal } from '../seal.ts'
import type { OwnedSource } from './owned-source.ts'
import type { StoredRecord } from './record-line.ts'
import type { Difference } from './covered-scan.ts'
import type { SourceLog } from './source-log.ts'

export interface SealingOptions {
  readonly clock: Clock
  readonly seal: Seal
  readonly own: () => OwnedSource | undefined
  readonly adopted: () => readonly OwnedSource[]
  /** Resolves once the log of this process says so. */
  readonly tell: (action: FactAction, payload: unknown) => Promise<void>
  /** Events of this log cannot be read back, or are not what was written. */
  readonly onDifference: (log: SourceLog, difference: Difference) => void
  readonly warn: (cause: string, message: string) => void
}

/** Between two checkpoints the log is hashed so often, in small portions that nobody else has to wait for. */
const STEPS = 4
/** When the log itself is sealed at first, from its beginning on: a container that lives for seconds leaves a copy that is proven. */
const FIRST_MS: readonly number[] = [1_000, 5_000, 15_000, 60_000]
/** Longest time without a seal in the log itself after that. */
const BUSY_MS = 60_000
/** How long nothing may happen without the log saying so: that there is silence is a statement too. */
const IDLE_MS = 300_000
/** What signers and anchors may take at the end of a process. */
const CLOSE_MS = 1_000

/** Seals the log this process writes and those it has taken up, one after the other, as long as there is something to seal. */
export class Sealing {
  readonly #options: SealingOptions
  #timer: Timer | undefined
  #round: Promise<void> = Promise.resolve()
  #isStopped = false
  /** When there may be a checkpoint again. */
  #dueAt = -Infinity
  /** Something but seals was appended since the log last said that it is sealed. */
  #isBusy = false
  #toldAt: number
  /** The sealed log, the time since when this process writes it, and the number of its `audit:sealed` events. */
  #telling: { readonly source: OwnedSource | undefined; readonly since: number; count: number }
  #others: Promise<void> | undefined
  /** By the `source` of a log. */
  readonly #failures = new Map<string, { readonly since: number; readonly what: string }>()

  constructor(options: SealingOptions) {
    this.#options = options
    this.#toldAt = options.clock.monotonic()
    this.#telling = { source: undefined, since: this.#toldAt, count: 0 }
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
    const { own, adopted, seal } = this.#options
    const mine = own()
    const told = (mine ? [mine, ...adopted()] : adopted()).flatMap(({ log }) => {
      const failure = this.#failures.get(log.source)
      return failure ? [`A log is not sealed since ${new Date(failure.since).toISOString()}: ${failure.what}.`] : []
    })
    return [...told, ...seal.problems]
  }

  /** Seals everything there is, and says so in the last line of the log. Never rejects. */
  async finish(): Promise<void> {
    this.#stop()
    await this.#round
    await this.#seal()
    const mine = this.#options.own()
    if (!mine?.seal?.sealed || mine.seal.refusal || this.#failures.has(mine.log.source)) return
    await this.#options.tell('sealed', mine.seal.sealed)
    await this.#seal()
  }

  /** Seals what was added since, and gives signers and anchors a moment. Never rejects. */
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
    // What goes wrong here goes wrong again when it is sealed, and is told then.
    await own?.seal?.hash().catch(() => undefined)
    if (own) this.#reportDifference(own)
  }

  async #seal(): Promise<void> {
    const mine = this.#options.own()
    // A log that was left may be long: its sealing keeps nobody waiting.
    this.#others ??= this.#sealAll(this.#options.adopted()).finally(() => (this.#others = undefined))
    if (!mine) return
    await this.#sealAll([mine])
    this.#tellIfDue(mine)
  }

  async #sealAll(sources: readonly OwnedSource[]): Promise<void> {
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
        this.#options.warn('seal', `The log could not be sealed: ${failure.what}. Its events are safe; it is tried again.`)
      }
    }
  }

  #reportDifference({ log, seal }: OwnedSource): void {
    if (seal?.difference) this.#options.onDifference(log, seal.difference)
  }

  #tellIfDue(source: OwnedSource): void {
    const now = this.#options.clock.monotonic()
    if (this.#telling.source !== source)
      this.#telling = { source, since: this.#telling.source ? now : this.#telling.since, count: 0 }
    const { sealed } = source.seal ?? {}
    if (!sealed || this.#isStopped || now < this.#dueToTell) return
    this.#toldAt = now
    this.#telling.count++
    this.#isBusy = false
    void this.#options.tell('sealed', sealed)
  }

  get #dueToTell(): number {
    if (!this.#isBusy) return this.#toldAt + IDLE_MS
    const { since, count } = this.#telling
    const first = FIRST_MS[count]
    return first === undefined ? this.#toldAt + BUSY_MS : since + first
  }
}
