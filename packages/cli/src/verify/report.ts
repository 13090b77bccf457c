import type { AbsentRange, Acceptance, EventCounts, Verdict } from '@audit/proof'

/** Faults of a trail, a closed list, so that programs can act on it. */
export type Cause =
  /** A line differs from the sealed one, or from its own checksum. */
  | 'changed'
  /** A required line, file or checkpoint is missing. */
  | 'missing'
  /** A line is at the position of another. */
  | 'out-of-order'
  /** A line, a file or a directory does not belong to the log that contains it. */
  | 'foreign'
  /** Events follow `audit:closed` of a sealed log, and no process opened it again. */
  | 'after-end'
  /** The log ends before its own checkpoint. */
  | 'truncated'
  /** There are two histories, and both are signed. */
  | 'forked'
  /** An anchor has a checkpoint over more events than the log has. */
  | 'rolled-back'
  /** A checkpoint is not signed, or not by the key that it names. */
  | 'bad-signature'
  /** It cannot be read as a trail. */
  | 'unreadable'
  /** An event occurs a second time, at another position. */
  | 'replayed'

export interface Finding {
  readonly cause: Cause
  /** The first affected event. Left out: all events, or no particular one. */
  readonly sequence?: number
  /** The affected event is between `sequence` and this one. */
  readonly to?: number
  readonly message: string
}

/** Reason why events are not proven although nothing is wrong. The first seven can be accepted by name. */
export type DoubtReason =
  | Acceptance
  /** Too many events, or too long a time, after the last checkpoint: a seal was due. */
  | 'long-tail'
  /** Only anchors were given, and the newest of them ends earlier. */
  | 'above-anchor'
  /** The checkpoint is signed by a key that was not given. */
  | 'unknown-key'
  /** The log says that its first events were deleted, and no checkpoint covers that yet. */
  | 'trimmed-unsealed'
  /** The first events were deleted, and their hashes are gone too. */
  | 'hashes-gone'
  /** An event occurs twice, and the two lines are too far apart to be compared. */
  | 'not-compared'
  /** A line of a copy comes after later events of its log. */
  | 'late'
  /** Neither a key nor an anchor was given. Counts only with `strict`. */
  | 'nothing-given'

export interface Doubt {
  readonly reason: DoubtReason
  /** The verifier accepts it, so it does not count for the verdict. */
  readonly isAccepted: boolean
  /** The affected events, both ends included. */
  readonly from?: number
  readonly to?: number
  readonly message: string
}

/** From one sequence up to, and without, another. */
export interface ProvenRange {
  readonly from: number
  readonly to: number
}

/** Findings about one log. */
export interface SourceReport {
  readonly source: string
  readonly verdict: Verdict
  readonly counts: EventCounts
  /** Lines that were read, repeated ones left out. */
  readonly events: number
  /** The first sequence in the input, and the one after the last. */
  readonly first: number
  readonly end: number
  /** Ranges in which every event of the input is proven. */
  readonly proven: readonly ProvenRange[]
  /** Events from `coveredFrom` up to `sealedTo` agree with the largest matching checkpoint: a trusted one, if there is one. */
  readonly coveredFrom: number
  readonly sealedTo: number
  /** Keys that signed that checkpoint, as `name+1a2b3c4d`. */
  readonly signedBy: readonly string[]
  /** `unsigned`: anyone who can write the files could have forged all of it. `not-checked`: no key was given, or only other keys. */
  readonly signatures: 'checked' | 'not-checked' | 'unsigned'
  /** The first bad event first. */
  readonly findings: readonly Finding[]
  /** Reasons why the verdict is not `proven`, although nothing is wrong. Includes accepted ones. */
  readonly doubts: readonly Doubt[]
  /** Known events that are not in the input. */
  readonly absent: readonly AbsentRange[]
  /** Remarks that are not faults, one sentence each. */
  readonly notes: readonly string[]
}

export interface TrailReport {
  readonly verdict: Verdict
  readonly counts: EventCounts
  readonly events: number
  readonly sources: readonly SourceReport[]
  /** Findings about input that belongs to no log. */
  readonly findings: readonly Finding[]
}
