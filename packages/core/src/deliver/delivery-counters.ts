import { CountWaiters } from '../count-waiters.ts'

/** Counts events, each once however often it was sent; `retried` counts tries. */
export interface DeliveryCounts {
  readonly wanted: number
  readonly delivered: number
  readonly deadLettered: number
  readonly lost: number
  readonly retried: number
}

/** Counts the results of one sink's events, and resolves the promises that wait for them. */
export class DeliveryCounters {
  readonly #counts = { wanted: 0, delivered: 0, deadLettered: 0, lost: 0, retried: 0 }
  readonly #flushes = new CountWaiters()
  /** Events that are no longer pending, but not settled until the journal answers. */
  #settling = 0
  #unwanted = 0

  get counts(): DeliveryCounts {
    return { ...this.#counts }
  }

  /** True while a caller of `flushed()` waits. */
  get isHurried(): boolean {
    return !this.#flushes.isEmpty
  }

  wanted(count: number): void {
    this.#counts.wanted += count
  }

  /** Takes back events that were counted as wanted. */
  unwanted(count: number): void {
    this.#counts.wanted -= count
    this.#unwanted += count
    this.#tell()
  }

  lost(count: number): void {
    this.#counts.lost += count
    this.#tell()
  }

  retried(): void {
    this.#counts.retried++
  }

  /** Sets the number of events that are no longer pending, and not settled yet. */
  settling(count: number): void {
    this.#settling = count
  }

  settled(delivered: number, deadLettered: number): void {
    this.#settling = 0
    this.#counts.delivered += delivered
    this.#counts.deadLettered += deadLettered
    this.#tell()
  }

  /** Resolves once the `pending` events, and those being settled, have settled. Undefined if there is nothing to wait for. */
  flushed(pending: number): Promise<void> | undefined {
    const left = pending + this.#settling
    return left === 0 ? undefined : this.#flushes.until(this.#passed + left)
  }

  /** Resolves all promises: nothing more will settle. */
  close(): void {
    this.#flushes.reach(Infinity)
  }

  get #passed(): number {
    const { delivered, deadLettered, lost } = this.#counts
    return delivered + deadLettered + lost + this.#unwanted
  }

  #tell(): void {
    this.#flushes.reach(this.#passed)
  }
}
