import type { Answer } from './sink-try.ts'

/** Part of a batch: `from` counts from 0, `to` is exclusive. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** The result of an answer: these offsets will be dead-lettered, and everything before `settled` is done. */
export interface Verdict {
  readonly convicted: readonly number[]
  readonly settled: number
}

/**
 * Finds the events of a refused batch that are at fault, by halving, without blaming an event for what may be the sink's fault (a
 * rotated token refuses everything): a refused event is convicted only once another event was accepted since the refusal began.
 *
 * Ask `next()` what to send, let it judge the answer, dead-letter and acknowledge what the verdict says, until `next()` is
 * undefined. Then either everything is settled, or `suspects` events at the front were each refused alone and nothing shows that
 * the sink works. If it `isTurnedAway`, sending more is of no use.
 */
export class BatchBisection {
  readonly #size: number
  /** Ranges still to be sent; the next one is last. */
  readonly #todo: Range[]
  #settled = 0
  #suspects = 0
  /** An event was accepted since the refusal began, and no event has been blamed because of it yet. */
  #isVouched = false
  #hasRefused = false
  #isTurnedAway = false

  constructor(size: number) {
    this.#size = size
    this.#todo = [{ from: 0, to: size }]
  }

  /** True if sending more is of no use. */
  get isTurnedAway(): boolean {
    return this.#isTurnedAway
  }

  /** Events at the front that were refused and are not convicted. */
  get suspects(): number {
    return this.#suspects
  }

  next(): Range | undefined {
    // Two refused in a row and none accepted: the sink is more likely at fault.
    if (this.#suspects > 1) return undefined
    const range = this.#todo.at(-1)
    if (!range || this.#suspects === 0 || range.to - range.from === 1) return range
    // One suspect: the next event alone shows whether the event or the sink is at fault.
    this.#todo.pop()
    this.#todo.push({ from: range.from + 1, to: range.to }, { from: range.from, to: range.from + 1 })
    return this.#todo.at(-1)
  }

  /** Evaluates the answer to the range that `next()` returned. */
  judge(answer: Exclude<Answer, { kind: 'hung' }>): Verdict {
    if (answer.kind === 'accepted') return this.#accepted()
    const before = answer.stored > 0 ? this.#accepted(answer.stored) : { convicted: [], settled: this.#settled }
    if (answer.kind === 'failed') return before
    this.#isTurnedAway = answer.turnsAway
    if (answer.turnsAway) return before
    const { convicted, settled } = this.#refused(answer.indexes)
    return { convicted: [...before.convicted, ...convicted], settled }
  }

  get isSettled(): boolean {
    return this.#settled === this.#size
  }

  /** Number of events stored from the front of the range; the later ones are still to be sent. Left out: all were stored. */
  #accepted(count = Infinity): Verdict {
    const { from, to } = this.#take()
    const end = Math.min(from + count, to)
    if (end < to) this.#todo.push({ from: end, to })
    this.#isVouched = this.#hasRefused
    return this.#settleTo(end, this.#suspectPlaces())
  }

  /** `indexes` count from the start of the range; all others are stored. Left out: some event of it will never be stored. */
  #refused(indexes: readonly number[] | undefined): Verdict {
    const range = this.#take()
    this.#hasRefused = true
    const size = range.to - range.from
    if (indexes && indexes.length < size) {
      this.#isVouched = false
      return this.#settleTo(range.to, [...this.#suspectPlaces(), ...indexes.map((index) => range.from + index)])
    }
    if (size > 1) this.#halve(range)
    else if (this.#isVouched) {
      this.#isVouched = false
      return this.#settleTo(range.to, [range.from])
    } else this.#suspects++
    return { convicted: [], settled: this.#settled }
  }

  #take(): Range {
    const range = this.#todo.pop()
    if (!range) throw new RangeError('No batch is being bisected.')
    return range
  }

  #halve({ from, to }: Range): void {
    const middle = from + Math.ceil((to - from) / 2)
    this.#todo.push({ from: middle, to }, { from, to: middle })
  }

  #suspectPlaces(): number[] {
    return Array.from({ length: this.#suspects }, (_, index) => this.#settled + index)
  }

  #settleTo(settled: number, convicted: readonly number[]): Verdict {
    if (this.#suspects > 0) this.#isVouched = false
    this.#settled = settled
    this.#suspects = 0
    return { convicted, settled }
  }
}
