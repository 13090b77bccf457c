// The result of checking a trail, in the words that every tool shares: the command line, a viewer, a library that exports events.

/**
 * `wrong`: at least one thing is not as it was sealed. `unproven`: nothing is wrong, but not every event shown is proven. `consistent`:
 * nothing is wrong, and neither a key nor an anchor was given to prove it by. `proven`: every event shown is proven, except those that
 * the verifier accepts without proof, as a rule a short tail that is not sealed yet.
 */
export type Verdict = 'proven' | 'consistent' | 'unproven' | 'wrong'

/** Reasons for `unproven` that a verifier may accept by name. */
export const acceptances = ['tail', 'late-start', 'unsealed-logs', 'unauthenticated', 'behind', 'expired', 'other-logs'] as const

export type Acceptance = (typeof acceptances)[number]

/** Accepted unless the verifier names others. Every running service has a tail, and an anchor may serve several machines. */
export const defaultAcceptances: readonly Acceptance[] = ['tail', 'other-logs']

/** Every event that was read is counted in exactly one of the last four. True for every verdict. */
export interface EventCounts {
  readonly events: number
  /** Byte for byte under a checkpoint of a given key or anchor. */
  readonly proven: number
  /** Behind the last such checkpoint. */
  readonly unsealed: number
  /** Neither proven nor known to be wrong, for another reason. */
  readonly unproven: number
  /** Not as sealed, or in a range that contains such an event and cannot be narrowed down. */
  readonly wrong: number
}

/** Why events that a checkpoint covers are not in the input. */
export type AbsenceReason =
  /** The journal deleted them, and its log says so. */
  | 'trimmed'
  /** A store deleted them after their retention, and says so. */
  | 'expired'
  /** The copy begins later. */
  | 'before-copy'
  /** The copy ends earlier. */
  | 'behind'
  /** The input holds selected events only. */
  | 'filtered'
  /** A line is there that cannot be read. */
  | 'unreadable'
  /** No line of the log is in the input. */
  | 'other-log'
  /** Nothing explains it. */
  | 'missing'

/** Sequences that the input does not have, both ends included. A filtered range may contain some that it has. */
export interface AbsentRange {
  readonly from: number
  readonly to: number
  readonly why: AbsenceReason
  /** The evidence for `why`, in words. */
  readonly saidBy: string
}
