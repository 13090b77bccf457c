import { Milestones } from '../milestones.ts'

/** Events, each counted once however often it was sent; `retried` counts tries. */
export interface DeliveryCounts {
  readonly wanted: number
  readonly delivered: number
  readonly deadLettered: number
  readonly lost: number
  readonly retried: number
}

/** What became of the events of one sink, and who waits for that. */
export class DeliveryBooks {
  readonly #counts = { wanted: 0, delivered: 0, deadLettered: 0, lost: 0, retried: 0 }
  readonly #flushes = new Milestones()
  /** Not pending any more, and not settled before the journal answers. */
  #settling = 0
  #unwanted = 0

  get counts(): DeliveryCounts {
    return { ...this.#counts }
  }

  /** Somebody waits. */
  get isHurried(): boolean {
    return !this.#flushes.isEmpty
  }

  wanted(count: number): void {
    this.#counts.wanted += count
  }

  /** So many that were counted as wanted are not. */
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

  /** So many are not pending from now on, and not settled yet. */
  settling(count: number): void {
    this.#settling = count
  }

  settled(delivered: number, deadLettered: number): void {
    this.#settling = 0
    this.#counts.delivered += delivered
    this.#counts.deadLettered += deadLettered
    this.#tell()
  }

  /** Resolves once what is pending now, so many, and what is being settled has come to its end; nothing if that is none. */
  flushed(pending: number): Promise<void> | undefined {
    const left = pending + this.#settling
    return left === 0 ? undefined : this.#flushes.until(this.#passed + left)
  }

  /** Nothing comes to its end any more. */
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
