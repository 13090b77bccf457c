/** A line with a sequence that belongs to an earlier position. */
export type OddLine =
  /** It comes after its position, which has no line with its sequence. */
  | 'late'
  /** It equals the line at its position. */
  | 'same'
  /** It differs from the line at its position. */
  | 'other'
  /** The line at its position is too far back to be compared. */
  | 'unknown'

/** Number of lines of each kind that are kept. */
const MAX_KEPT = 100_000

/** Lines that are not in the tree of their log, by sequence. */
export interface OddEvidence {
  readonly late: ReadonlySet<number>
  readonly other: ReadonlySet<number>
  readonly unknown: ReadonlySet<number>
  /** The smallest sequence of lines beyond the limits. No line from there on is shown to be genuine. */
  readonly restFrom: number
}

/** Collects the lines of a log at wrong positions. The tree does not have them, so no checkpoint proves them. */
export class OddLines implements OddEvidence {
  readonly late: Set<number> = new Set()
  readonly other: Set<number> = new Set()
  readonly unknown: Set<number> = new Set()
  restFrom: number = Infinity

  add(kind: OddLine, sequence: number): void {
    if (kind === 'same') return
    if (this[kind].size < MAX_KEPT) this[kind].add(sequence)
    else if (!this[kind].has(sequence)) this.restFrom = Math.min(this.restFrom, sequence)
  }
}

/** The lines of a log in which each line is at its position. */
export const noOddLines: OddEvidence = new OddLines()
