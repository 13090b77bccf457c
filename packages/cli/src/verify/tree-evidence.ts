import type { Claim } from './claims.ts'
import type { ProvenRange } from './report.ts'

/** A claim, and whether the tree had that root; undefined as long as, or because, that cannot be decided. */
export interface CheckedClaim {
  readonly claim: Claim
  holds: boolean | undefined
  /** Number of the tree that it was compared with: each break begins a new one. */
  tree: number
}

export type Span = ProvenRange

/** Result of checking a log's tree. */
export interface TreeEvidence {
  /** Without those that hold and say no more than a larger one: of a year's seals few are left. */
  readonly claims: readonly CheckedClaim[]
  /** Ordered ranges in which genuine checkpoints cover every leaf; if no key or anchor was given, any checkpoints. */
  readonly proven: readonly Span[]
  /** Lines in those spans, those that are known to be changed left out. */
  readonly provenCount: number
  /** Lines that are not what was sealed, each known for sure; the first of them. */
  readonly changed: readonly number[]
  readonly changedCount: number
  /** Lines of spans in which something was changed, and nothing says where. */
  readonly doubtfulCount: number
  /** The first leaf in the tiles that is not that of its line, although the line is as it was sealed. */
  readonly strayTile: number | undefined
  /** First leaf of the tree of the last span; `Infinity` if it never began. */
  readonly coveredFrom: number
  /** Lines after the largest claim, and after the last span. */
  readonly behindClaims: number
  readonly behindProven: number
}
