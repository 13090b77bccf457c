import type { Claim, ClaimReader, Disbelief } from './claims.ts'
import type { Finding } from './report.ts'
import type { TileFiles } from './tile-files.ts'

export interface SourceCheckOptions {
  readonly source: string
  /** `journal`: each line once, none left out. `copy`: as a sink has them, some perhaps twice. */
  readonly kind: 'journal' | 'copy'
  readonly claims: ClaimReader
  /** Its hashes, if they are at hand. */
  readonly tiles: TileFiles | undefined
  /** Events that no checkpoint covers are a finding. */
  readonly strict: boolean
}

/** A claim, and whether the tree had that root; undefined as long as, or because, nobody knows. */
export interface CheckedClaim {
  readonly claim: Claim
  holds: boolean | undefined
}

/** What was seen of one log, for its report. */
export interface Seen {
  readonly options: SourceCheckOptions
  readonly first: number
  readonly end: number
  readonly events: number
  /** From here on the tree was made. */
  readonly coveredFrom: number
  readonly isFiltered: boolean
  readonly claims: readonly CheckedClaim[]
  readonly largestSeal: Claim | undefined
  readonly disbeliefs: readonly (Disbelief & { readonly sequence?: number })[]
  readonly findings: readonly Finding[]
  /** The first leaf that is not in the tiles where it should be. */
  readonly strayLeaf: number | undefined
  readonly trimmedTo: number | undefined
  readonly tornBytes: boolean
  readonly lastType: string
  /** The size of the checkpoint beside the log, read after the log; nothing if there is none or it does not matter. */
  readonly newestCheckpoint: number | undefined
}
