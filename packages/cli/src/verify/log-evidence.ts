import type { Acceptance } from '@audit/proof'
import type { Basis, RejectedCheckpoint } from './found-checkpoint.ts'
import type { TreeEvidence } from './tree-evidence.ts'
import type { OddEvidence } from './odd-lines.ts'
import type { Finding } from './report.ts'
import type { Announcement, Unauthenticated } from './system-events.ts'

/** Settings for judging a log, the same for every log. */
export interface JudgeOptions {
  readonly basis: Basis
  readonly accepts: ReadonlySet<Acceptance>
  /** Without a key and an anchor, unproven events count too. */
  readonly strict: boolean
}

/** `audit:trimmed` or `audit:expired`, and its position. */
export interface Announced extends Announcement {
  readonly by: { readonly source: string; readonly sequence: number }
}

/** Lines after `audit:closed` that no `audit:opened` introduces. */
export interface AfterEnd {
  readonly closedAt: number
  readonly first: number
  last: number
}

/** All evidence from one log. */
export interface LogEvidence {
  readonly source: string
  /** `journal`: each line once, none left out. `copy`: as a sink has them, some perhaps twice. */
  readonly kind: 'journal' | 'copy'
  readonly first: number
  readonly end: number
  readonly events: number
  readonly gaps: readonly { readonly from: number; readonly to: number }[]
  /** False if the last gap may contain lines that exist. */
  readonly gapsAreExact: boolean
  readonly odd: OddEvidence
  readonly brokenAt: number | undefined
  /** Selected events only, compared with the hashes of the complete log. */
  readonly isFiltered: boolean
  readonly tree: TreeEvidence
  readonly rejected: readonly (RejectedCheckpoint & { readonly sequence?: number })[]
  readonly findings: readonly Finding[]
  readonly announced: readonly Announced[]
  readonly unauthenticated: readonly (Unauthenticated & { readonly by: string })[]
  /** Candidates: the last checkpoint decides which of them count. */
  readonly afterEnd: readonly AfterEnd[]
  /** A seal that is over everything before it, and is the last line. */
  readonly hasClosingSeal: boolean
  readonly largestSealSize: number
  readonly hasTiles: boolean
  /** Problems of the tiles, in words. */
  readonly tilesProblem: string | undefined
  readonly isTorn: boolean
  /** Bytes that are not events follow the last line that counts in a file. */
  readonly hasLeftovers: boolean
  readonly lastAction: string | undefined
  readonly tailSpanMs: (from: number) => number
  /** The size of the checkpoint next to the log, read after the log; `none` if the file does not exist. A copy has no such file. */
  readonly ownCheckpoint: number | 'none' | 'unreadable'
}
