/** What is wrong with a trail, from a closed list, so that programs can act on it. */
export type Cause =
  /** A line is not the one that was sealed, or its own checksum says so. */
  | 'changed'
  /** A line, a file or a checkpoint that must be there is not. */
  | 'missing'
  /** A line stands where another belongs. */
  | 'out-of-order'
  /** The log ends before its own checkpoint. */
  | 'truncated'
  /** There are two histories, and both are signed. */
  | 'forked'
  /** An anchor has seen more of the log than there is. */
  | 'rolled-back'
  /** A checkpoint is not signed by a key that was given. */
  | 'bad-signature'
  /** Events that no checkpoint covers yet. */
  | 'unsealed-tail'
  /** It cannot be read as a trail. */
  | 'unreadable'
  /** An event is there a second time, in another place. */
  | 'replayed'

export interface Finding {
  readonly cause: Cause
  /** The first event it is about. Left out: all of them, or none in particular. */
  readonly sequence?: number
  /** It lies between `sequence` and this one. */
  readonly to?: number
  readonly message: string
}

/** What was found out about one log. */
export interface SourceReport {
  readonly source: string
  /** Nothing is wrong with it. */
  readonly ok: boolean
  /** Lines that were read, repeated ones left out. */
  readonly events: number
  /** The first sequence that is there, and the one after the last. */
  readonly first: number
  readonly end: number
  /** Events from `coveredFrom` up to this one are exactly those of a checkpoint. */
  readonly coveredFrom: number
  readonly sealedTo: number
  /** Of that checkpoint, as `name+1a2b3c4d`. */
  readonly signedBy: readonly string[]
  /** `unsigned`: whoever can write the files could have made all of it. `not-checked`: no key was given. */
  readonly signatures: 'checked' | 'not-checked' | 'unsigned'
  /** The first bad event first. */
  readonly findings: readonly Finding[]
  /** What is worth knowing and not wrong, one sentence each. */
  readonly notes: readonly string[]
}

export interface TrailReport {
  readonly ok: boolean
  readonly events: number
  readonly sources: readonly SourceReport[]
  /** What could not be read as part of any log. */
  readonly findings: readonly Finding[]
}
