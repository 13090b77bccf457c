import type { Acceptance } from '@audit/proof'
import type { Basis, Disbelief } from './claims.ts'
import type { TreeEvidence } from './claimed-tree.ts'
import type { Finding } from './report.ts'
import type { Announcement, Unauthenticated } from './system-events.ts'

/** How a log is judged, whatever it holds. */
export interface JudgeOptions {
  readonly basis: Basis
  readonly accepts: ReadonlySet<Acceptance>
  /** Without a key and an anchor, that nothing is proven counts too. */
  readonly strict: boolean
}

/** `audit:trimmed` or `audit:expired`, and where it stands. */
export interface Announced extends Announcement {
  readonly by: { readonly source: string; readonly sequence: number }
}

/** Lines behind `audit:closed` that no `audit:opened` introduces. */
export interface AfterEnd {
  readonly closedAt: number
  readonly first: number
  last: number
}

/** Everything that was seen of one log. */
export interface LogEvidence {
  readonly source: string
  /** `journal`: each line once, none left out. `copy`: as a sink has them, some perhaps twice. */
  readonly kind: 'journal' | 'copy'
  readonly first: number
  readonly end: number
  readonly events: number
  readonly gaps: readonly { readonly from: number; readonly to: number }[]
  readonly brokenAt: number | undefined
  /** Selected events only, held against the hashes of the whole. */
  readonly isFiltered: boolean
  readonly tree: TreeEvidence
  readonly disbeliefs: readonly (Disbelief & { readonly sequence?: number })[]
  readonly findings: readonly Finding[]
  readonly announced: readonly Announced[]
  readonly unauthenticated: readonly (Unauthenticated & { readonly by: string })[]
  /** Candidates: it depends on the last checkpoint which of them counts. */
  readonly afterEnd: readonly AfterEnd[]
  /** A seal that is over everything before it, and is the last line. */
  readonly hasClosingSeal: boolean
  readonly largestSealSize: number
  readonly hasTiles: boolean
  /** Why the tiles are not as they should be, in words. */
  readonly tilesProblem: string | undefined
  readonly isTorn: boolean
  readonly lastAction: string | undefined
  readonly tailSpanMs: (from: number) => number
  /** The size of the checkpoint beside the log, read after the log; `none` if there is no such file. A copy has none. */
  readonly ownCheckpoint: number | 'none' | 'unreadable'
}
