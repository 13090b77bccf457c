import type { OddLine } from './odd-lines.ts'
import type { Finding } from './report.ts'

/** The result of checking the position of one line. */
export interface LinePlace {
  readonly finding?: Finding
  /** Set if the line is at a wrong position, so it does not count. */
  readonly odd?: OddLine
  /** The expected sequence; the lines from it up to this one are missing. */
  readonly gapFrom?: number
}

interface Gap {
  readonly from: number
  readonly to: number
}

/** Number of gaps of a log that are kept separately; the rest is one gap. */
const MAX_GAPS = 1_000

/** Checks that lines are in the order of their sequences: in a journal each exactly once, in a copy at least once. */
export class SequenceCheck {
  readonly #kind: 'journal' | 'copy'
  readonly #mayBeFiltered: boolean
  first: number | undefined
  next: number | undefined
  count = 0
  /** True if lines may be missing, because the copy has only selected events. */
  isFiltered = false
  #gaps: Gap[] | undefined
  #more: Gap | undefined
  /** True if a line that is not an event precedes the next one, in this file or an earlier one. */
  #isBrokenHere = false
  #brokenAt: number | undefined

  constructor(kind: 'journal' | 'copy', mayBeFiltered: boolean) {
    this.#kind = kind
    this.#mayBeFiltered = mayBeFiltered
  }

  /** Gaps between two lines, in order, both ends included. The last one may contain lines that exist. */
  get gaps(): readonly Gap[] {
    const gaps = this.#gaps ?? []
    return this.#more ? [...gaps, this.#more] : gaps
  }

  /** False if the last gap may contain lines that exist. */
  get gapsAreExact(): boolean {
    return this.#more === undefined
  }

  get isBroken(): boolean {
    return this.#isBrokenHere
  }

  /** The sequence at the first unreadable lines, if there are any. */
  get brokenAt(): number | undefined {
    return this.#brokenAt
  }

  /** `isSame`: the earlier line with that sequence is the same; undefined if that is no longer known. */
  see(sequence: number, isSame: () => boolean | undefined): LinePlace {
    const expected = (this.next ??= this.first = sequence)
    const isBroken = this.#isBrokenHere
    this.#isBrokenHere = false
    if (sequence < expected) return this.#again(sequence, isSame)
    this.count++
    this.next = sequence + 1
    if (sequence > expected) return { gapFrom: expected, ...this.#ahead(expected, sequence) }
    if (!isBroken) return inPlace
    return { finding: finding('unreadable', sequence, `The line before event ${sequence} is not an event.`) }
  }

  broken(): void {
    this.#isBrokenHere = true
    this.#brokenAt = this.next ?? 0
  }

  endOfFile(): void {
    this.#isBrokenHere = false
  }

  #ahead(from: number, sequence: number): { readonly finding?: Finding } {
    this.#gaps ??= []
    if (this.#gaps.length < MAX_GAPS) this.#gaps.push({ from, to: sequence - 1 })
    else this.#more = { from: this.#more?.from ?? from, to: sequence - 1 }
    if (this.#mayBeFiltered) {
      this.isFiltered = true
      return {}
    }
    const range = { ...(sequence - 1 > from && { to: sequence - 1 }) }
    if (this.#brokenAt === from) return { finding: { ...finding('unreadable', from, `Event ${from} cannot be read.`), ...range } }
    const hint =
      this.#kind === 'copy' ? ' If the copy has selected events only, give --tiles with the journal it comes from.' : ''
    return { finding: { ...finding('missing', from, `Event ${sequence} follows event ${from - 1}.${hint}`), ...range } }
  }

  /** Compares a line whose sequence is lower than expected with the line at its position. */
  odd(sequence: number, isSame: () => boolean | undefined): OddLine {
    const { first = 0 } = this
    if (first > sequence || this.#gaps?.some(({ from, to }) => from <= sequence && sequence <= to)) return 'late'
    const same = isSame()
    return same === undefined ? 'unknown' : same ? 'same' : 'other'
  }

  #again(sequence: number, isSame: () => boolean | undefined): LinePlace {
    const odd = this.odd(sequence, isSame)
    if (odd === 'late') {
      const before = this.first! > sequence ? this.first! : this.next! - 1
      return { odd, finding: finding('out-of-order', sequence, `Event ${sequence} comes after event ${before}.`) }
    }
    if (this.#kind === 'journal') return { odd, finding: finding('out-of-order', sequence, `Event ${sequence} occurs twice.`) }
    // Sinks get unacknowledged events again, byte for byte.
    if (odd !== 'other') return { odd }
    return { odd, finding: finding('changed', sequence, `Event ${sequence} occurs twice, with different content.`) }
  }
}

const inPlace: LinePlace = {}

function finding(cause: Finding['cause'], sequence: number, message: string): Finding {
  return { cause, sequence, message }
}
