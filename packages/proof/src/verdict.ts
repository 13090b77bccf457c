// The result of checking a trail, in terms that every tool shares: the command line, a viewer, a library that exports events.

/**
 * `wrong`: at least one event or file differs from what was sealed. `unproven`: nothing is wrong, but not every event is proven.
 * `consistent`: nothing is wrong, but neither a key nor an anchor was given. `proven`: every event in the input is proven, except
 * those that the verifier accepts without proof, usually a short tail that is not sealed yet.
 */
export type Verdict = 'proven' | 'consistent' | 'unproven' | 'wrong'

/** Reasons for `unproven` that a verifier may accept by name. */
export const acceptances = ['tail', 'late-start', 'unsealed-logs', 'unauthenticated', 'behind', 'expired', 'other-logs'] as const

export type Acceptance = (typeof acceptances)[number]

/** Used if the verifier names none: a running service has an unsealed tail, and an anchor may hold other machines' logs. */
export const defaultAcceptances: readonly Acceptance[] = ['tail', 'other-logs']

/** Counts of events. Every event that was read is in exactly one of the last four counts, for every verdict. */
export interface EventCounts {
  readonly events: number
  /** Covered, byte for byte, by a checkpoint of a given key or anchor. */
  readonly proven: number
  /** After the last such checkpoint. */
  readonly unsealed: number
  /** Neither proven nor known to be wrong, for another reason. */
  readonly unproven: number
  /** Different from the seal, or in a range that contains such an event and cannot be narrowed down. */
  readonly wrong: number
}

/** Reasons why covered events are not in the input. */
export type AbsenceReason =
  /** The journal deleted them, and its log records that. */
  | 'trimmed'
  /** A store deleted them after their retention, and recorded that. */
  | 'expired'
  /** The copy begins later. */
  | 'before-copy'
  /** The copy ends earlier. */
  | 'behind'
  /** The input holds selected events only. */
  | 'filtered'
  /** A line exists, but cannot be read. */
  | 'unreadable'
  /** No line of the log is in the input. */
  | 'other-log'
  /** No known reason. */
  | 'missing'

/** Sequences that are not in the input, both ends included. A filtered range may contain some that are. */
export interface AbsentRange {
  readonly from: number
  readonly to: number
  readonly why: AbsenceReason
  /** The evidence for `why`, in words. */
  readonly saidBy: string
}
