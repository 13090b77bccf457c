/** Decides which of several lines for one sequence counts: the one of the latest term, and in it of the latest attempt. */
export interface Generation {
  /** Term of the owner that wrote it. */
  readonly term: number
  /** Increases after each failed write. */
  readonly attempt: number
}

/** A file of a log. */
export interface Segment {
  readonly name: string
  /** The sequence of its first line. */
  readonly first: number
  readonly generation: Generation
}

/** Terms have at most nine digits. Each start takes the next one. */
export const MAX_TERM = 999_999_999

/**
 * A log never has this many starts between two of its files. Without a limit, one planted file would leave no term to its next
 * owner.
 */
const MAX_TERMS_APART = 10_000_000

const NAME = /^(\d{20})\.(\d{1,9})-(\d{1,9})\.ndjson$/

export function segmentOf(first: number, generation: Generation): Segment {
  const name = `${String(first).padStart(20, '0')}.${generation.term}-${generation.attempt}.ndjson`
  return { name, first, generation }
}

/** Undefined if the name is not that of a segment. */
export function parseSegment(name: string): Segment | undefined {
  const match = NAME.exec(name)
  if (!match) return undefined
  const first = Number(match[1])
  if (!Number.isSafeInteger(first)) return undefined
  return { name, first, generation: { term: Number(match[2]), attempt: Number(match[3]) } }
}

/** Below 0 if `one` is earlier. */
export function compareGenerations(one: Generation, other: Generation): number {
  return one.term - other.term || one.attempt - other.attempt
}

/** The largest of any number of terms, or 0 without one. `Math.max(...)` fails for more than about 100,000. */
export function largestTerm(terms: readonly number[]): number {
  return terms.reduce((largest, term) => Math.max(largest, term), 0)
}

/** The first term that is so far above the next smaller one that this journal cannot have counted to it. */
export function termOutOfReach(terms: readonly number[]): number | undefined {
  const inOrder = terms.toSorted((one, other) => one - other)
  return inOrder.find((term, index) => term >= MAX_TERM || term - (inOrder[index - 1] ?? 0) > MAX_TERMS_APART)
}
