import type { FoundCheckpoint } from './found-checkpoint.ts'
import type { ProvenRange } from './report.ts'

/** A checkpoint. `holds`: the tree had that root; undefined if that is not decided yet, or cannot be. */
export interface ComparedCheckpoint {
  readonly checkpoint: FoundCheckpoint
  holds: boolean | undefined
  /** Number of the tree that it was compared with: each break begins a new one. */
  tree: number
}

export type Span = ProvenRange

/** Result of checking a log's tree. */
export interface TreeEvidence {
  /** Without those that hold below a larger one that holds, which says the same and more: few of a year's seals remain. */
  readonly checkpoints: readonly ComparedCheckpoint[]
  /** Ordered ranges in which genuine checkpoints cover every leaf; if no key or anchor was given, any checkpoints. */
  readonly proven: readonly Span[]
  /** Number of lines in those spans, without the changed ones. */
  readonly provenCount: number
  /** The first lines that are certainly changed. */
  readonly changed: readonly number[]
  readonly changedCount: number
  /** Number of lines in spans in which an unknown line was changed. */
  readonly doubtfulCount: number
  /** The first leaf in the tiles that differs from its line, although the line is unchanged. */
  readonly strayTile: number | undefined
  /** First leaf of the tree of the last span; `Infinity` if it never began. */
  readonly coveredFrom: number
  /** Lines after the largest checkpoint, and after the last span. */
  readonly behindCheckpoints: number
  readonly behindProven: number
}
