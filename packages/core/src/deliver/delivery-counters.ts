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
  readonly #pending: () => number
  readonly #counts = { delivered: 0, deadLettered: 0, lost: 0, retried: 0 }
  readonly #flushes = new CountWaiters()
  /** Events that are no longer pending, but not settled until the journal answers. */
  #settling = 0
  #unwanted = 0
  /** Set when delivery ends: later events are not counted. */
  #wantedAtEnd: number | undefined

  /** `pending`: number of events that the cursor has not acknowledged. */
  constructor(pending: () => number) {
    this.#pending = pending
  }

  get counts(): DeliveryCounts {
    return { wanted: this.#wantedAtEnd ?? this.#wanted, ...this.#counts }
  }

  /** Number of pending events; 0 once delivery has ended. */
  get pending(): number {
    return this.#wantedAtEnd === undefined ? this.#pending() : 0
  }

  /** True while a caller of `flushed()` waits. */
  get isHurried(): boolean {
    return !this.#flushes.isEmpty
  }

  /** Call when events that were pending turned out to be unwanted. */
  unwanted(count: number): void {
    this.#unwanted += count
    this.#notify()
  }

  lost(count: number): void {
    this.#counts.lost += count
    this.#notify()
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
    this.#notify()
  }

  /** Resolves once the events that are pending or being settled now have settled. Undefined if there is nothing to wait for. */
  flushed(): Promise<void> | undefined {
    const left = this.pending + this.#settling
    return left === 0 ? undefined : this.#flushes.until(this.#passed + left)
  }

  /** Counts no later events. With `pendingIsLost`, those that are pending now are lost. */
  end({ pendingIsLost }: { readonly pendingIsLost: boolean }): void {
    const left = this.pending
    this.#wantedAtEnd ??= this.#wanted
    if (pendingIsLost) this.lost(left)
  }

  /** Resolves all promises: nothing more will settle. */
  close(): void {
    this.#flushes.reach(Infinity)
  }

  get #wanted(): number {
    const { delivered, deadLettered, lost } = this.#counts
    return delivered + deadLettered + lost + this.#settling + this.#pending()
  }

  get #passed(): number {
    const { delivered, deadLettered, lost } = this.#counts
    return delivered + deadLettered + lost + this.#unwanted
  }

  /** With nothing pending, there is nothing to wait for: another process may have taken a log with its pending events. */
  #notify(): void {
    this.#flushes.reach(this.pending + this.#settling === 0 ? Infinity : this.#passed)
  }
}
