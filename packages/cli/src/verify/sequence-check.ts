import type { Finding } from './report.ts'

/** What a line's place says about it. */
export interface LinePlace {
  readonly finding?: Finding
  /** A line for that place was there before: this one counts for nothing. */
  readonly isRepeated: boolean
  /** The sequence that should have come; the lines from there up to this one are missing. */
  readonly gapFrom?: number
}

interface Gap {
  readonly from: number
  readonly to: number
}

/** So many gaps of a log are kept apart; the rest is one. */
const MAX_GAPS = 1_000

/** Whether lines stand in the order of their sequences: in a journal each exactly once, in a copy at least once. */
export class SequenceCheck {
  readonly #kind: 'journal' | 'copy'
  readonly #mayBeFiltered: boolean
  first: number | undefined
  next: number | undefined
  count = 0
  /** Lines are missing, and that may be so: the copy is of selected events. */
  isFiltered = false
  readonly #gaps: Gap[] = []
  #more: Gap | undefined
  /** A line that is not an event stood before the next one: in this file, or in one before. */
  #isBrokenHere = false
  #brokenAt: number | undefined

  constructor(kind: 'journal' | 'copy', mayBeFiltered: boolean) {
    this.#kind = kind
    this.#mayBeFiltered = mayBeFiltered
  }

  /** Where lines are missing between two others, in order, both ends included. The last one may hold some that are there. */
  get gaps(): readonly Gap[] {
    return this.#more ? [...this.#gaps, this.#more] : this.#gaps
  }

  get isBroken(): boolean {
    return this.#isBrokenHere
  }

  /** Where the lines that cannot be read stood, if one did. */
  get brokenAt(): number | undefined {
    return this.#brokenAt
  }

  /** `isSame`: whether the line that stood in its place is the same; undefined if nobody knows any more. */
  see(sequence: number, isSame: () => boolean | undefined): LinePlace {
    const expected = (this.next ??= this.first = sequence)
    const isBroken = this.#isBrokenHere
    this.#isBrokenHere = false
    if (sequence < expected) return { isRepeated: true, ...this.#again(sequence, isSame) }
    this.count++
    this.next = sequence + 1
    if (sequence > expected) return { isRepeated: false, gapFrom: expected, ...this.#ahead(expected, sequence) }
    if (!isBroken) return inPlace
    return { isRepeated: false, finding: finding('unreadable', sequence, `The line before event ${sequence} is not an event.`) }
  }

  broken(): void {
    this.#isBrokenHere = true
    this.#brokenAt = this.next ?? 0
  }

  endOfFile(): void {
    this.#isBrokenHere = false
  }

  #ahead(from: number, sequence: number): { readonly finding?: Finding } {
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
    return { finding: { ...finding('missing', from, `After event ${from - 1} comes event ${sequence}.${hint}`), ...range } }
  }

  #again(sequence: number, isSame: () => boolean | undefined): { readonly finding?: Finding } {
    const isLate = this.#gaps.some(({ from, to }) => from <= sequence && sequence <= to)
    if (this.first! > sequence || isLate) {
      const before = isLate ? this.next! - 1 : this.first!
      return { finding: finding('out-of-order', sequence, `Event ${sequence} stands behind event ${before}.`) }
    }
    if (this.#kind === 'journal') return { finding: finding('out-of-order', sequence, `Event ${sequence} is there twice.`) }
    // Sinks get what they did not acknowledge once more, byte for byte.
    if (isSame() !== false) return {}
    return { finding: finding('changed', sequence, `Event ${sequence} is there twice, and not the same.`) }
  }
}

const inPlace: LinePlace = { isRepeated: false }

function finding(cause: Finding['cause'], sequence: number, message: string): Finding {
  return { cause, sequence, message }
}
