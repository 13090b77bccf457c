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
  /** A finding says already that a line there cannot be read. */
  readonly isReported?: boolean
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
  /** Number of missing lines in it. */
  #moreMissing = 0
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
    const to = sequence - 1
    const isUnreadable = this.#brokenAt === from
    if (this.#gaps.length < MAX_GAPS) this.#gaps.push({ from, to, ...(isUnreadable && { isReported: true }) })
    else {
      this.#more = { from: this.#more?.from ?? from, to }
      this.#moreMissing += sequence - from
    }
    if (this.#mayBeFiltered) this.isFiltered = true
    if (this.#mayBeFiltered) return {}
    if (isUnreadable) return { finding: { ...finding('unreadable', from, `Event ${from} cannot be read.`), ...upTo(from, to) } }
    // In a copy, the missing lines may come later.
    return this.#kind === 'copy' ? {} : { finding: missing({ from, to }, '') }
  }

  /** Returns the findings about lines that a copy does not have anywhere. A sink gets a replayed dead letter after later events. */
  missing(late: ReadonlySet<number>): readonly Finding[] {
    if (this.#kind === 'journal' || this.#mayBeFiltered) return []
    const hint = ' If the copy has selected events only, give --tiles with the journal it comes from.'
    const found = (this.#gaps ?? [])
      .filter(({ from, to, isReported }) => !isReported && countIn(late, from, to) < to - from + 1)
      .map((gap) => missing(gap, hint))
    const more = this.#more
    return more && countIn(late, more.from, more.to) < this.#moreMissing ? [...found, missing(more, hint)] : found
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
    if (odd === 'late' && this.#kind === 'copy') return { odd }
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

function missing({ from, to }: Gap, hint: string): Finding {
  return { ...finding('missing', from, `Event ${to + 1} follows event ${from - 1}.${hint}`), ...upTo(from, to) }
}

function upTo(from: number, to: number): { readonly to?: number } {
  return to > from ? { to } : {}
}

/** The parts of the gaps that no late line fills. */
export function withoutLate(gaps: readonly Gap[], late: ReadonlySet<number>): readonly Gap[] {
  if (late.size === 0) return gaps
  const inOrder = [...late].toSorted((one, other) => one - other)
  return gaps.flatMap(({ from, to }) => {
    const parts: Gap[] = []
    let next = from
    for (const sequence of inOrder) {
      if (sequence < next || sequence > to) continue
      if (sequence > next) parts.push({ from: next, to: sequence - 1 })
      next = sequence + 1
    }
    return next <= to ? [...parts, { from: next, to }] : parts
  })
}

function countIn(late: ReadonlySet<number>, from: number, to: number): number {
  if (late.size === 0) return 0
  if (to - from < late.size)
    return Array.from({ length: to - from + 1 }, (_, at) => from + at).filter((at) => late.has(at)).length
  return [...late].filter((sequence) => from <= sequence && sequence <= to).length
}

function finding(cause: Finding['cause'], sequence: number, message: string): Finding {
  return { cause, sequence, message }
}
