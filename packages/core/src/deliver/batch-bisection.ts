import type { WriteResult } from './sink-try.ts'

/** Part of a batch: `from` counts from 0, `to` is exclusive. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** The events from `from` up to `to` are settled: those at `rejected` will be dead-lettered, the others are stored. */
export interface SettledRange extends Range {
  readonly rejected: readonly number[]
}

/**
 * Finds the events of a refused batch that are at fault, by halving, without blaming an event for what may be the sink's fault (a
 * rotated token refuses everything): a refused event is rejected only once another event was accepted since the refusal began.
 *
 * Ask `next()` what to send, pass the result to `split()`, dead-letter and acknowledge what it returns, until `next()` is
 * undefined. Then either everything is settled, or `unconfirmed` events at the front were each refused alone and nothing shows
 * that the sink works. If `isParked`, the rest need not be sent.
 */
export class BatchBisection {
  readonly #size: number
  /** Ranges still to be sent; the next one is last. */
  readonly #todo: Range[]
  #settled = 0
  #unconfirmed = 0
  /** An event was accepted since the refusal began, and no event has been rejected because of it yet. */
  #isSinkConfirmed = false
  #hasRefused = false
  #isParked = false

  constructor(size: number) {
    this.#size = size
    this.#todo = [{ from: 0, to: size }]
  }

  /** True if the rest need not be sent. */
  get isParked(): boolean {
    return this.#isParked
  }

  get isSettled(): boolean {
    return this.#settled === this.#size
  }

  /** Number of events at the front that were refused and are not rejected. */
  get unconfirmed(): number {
    return this.#unconfirmed
  }

  next(): Range | undefined {
    // Two refused in a row and none accepted: the sink is more likely at fault.
    if (this.#unconfirmed > 1) return undefined
    const range = this.#todo.at(-1)
    if (!range || this.#unconfirmed === 0 || range.to - range.from === 1) return range
    // One refused event: the next event alone shows whether the event or the sink is at fault.
    this.#todo.pop()
    this.#todo.push({ from: range.from + 1, to: range.to }, { from: range.from, to: range.from + 1 })
    return this.#todo.at(-1)
  }

  /** Splits the range that `next()` returned if the sink refused it. Returns what is settled now and was not before. */
  split(result: Exclude<WriteResult, { kind: 'hung' }>): SettledRange {
    const from = this.#settled
    const rejected = this.#take(result)
    return { from, to: this.#settled, rejected }
  }

  /** Returns the offsets of the rejected events. */
  #take(result: Exclude<WriteResult, { kind: 'hung' }>): readonly number[] {
    if (result.kind === 'accepted') return this.#accepted()
    const before = result.stored > 0 ? this.#accepted(result.stored) : []
    if (result.kind === 'failed') return before
    this.#isParked = result.parks
    return result.parks ? before : [...before, ...this.#refused(result.indexes)]
  }

  /** `count`: number of events stored from the front of the range; the later ones are still to be sent. Left out: all were stored. */
  #accepted(count = Infinity): readonly number[] {
    const { from, to } = this.#takeRange()
    const end = Math.min(from + count, to)
    if (end < to) this.#todo.push({ from: end, to })
    this.#isSinkConfirmed = this.#hasRefused
    return this.#settleTo(end, this.#unconfirmedOffsets())
  }

  /** `indexes` count from the start of the range; all others are stored. Left out: some event of it will never be stored. */
  #refused(indexes: readonly number[] | undefined): readonly number[] {
    const range = this.#takeRange()
    this.#hasRefused = true
    const size = range.to - range.from
    if (indexes && indexes.length < size) {
      this.#isSinkConfirmed = false
      return this.#settleTo(range.to, [...this.#unconfirmedOffsets(), ...indexes.map((index) => range.from + index)])
    }
    if (size > 1) this.#halve(range)
    else if (this.#isSinkConfirmed) {
      this.#isSinkConfirmed = false
      return this.#settleTo(range.to, [range.from])
    } else this.#unconfirmed++
    return []
  }

  #takeRange(): Range {
    const range = this.#todo.pop()
    if (!range) throw new RangeError('No batch is being bisected.')
    return range
  }

  #halve({ from, to }: Range): void {
    const middle = from + Math.ceil((to - from) / 2)
    this.#todo.push({ from: middle, to }, { from, to: middle })
  }

  #unconfirmedOffsets(): number[] {
    return Array.from({ length: this.#unconfirmed }, (_, index) => this.#settled + index)
  }

  #settleTo(settled: number, rejected: readonly number[]): readonly number[] {
    if (this.#unconfirmed > 0) this.#isSinkConfirmed = false
    this.#settled = settled
    this.#unconfirmed = 0
    return rejected
  }
}
