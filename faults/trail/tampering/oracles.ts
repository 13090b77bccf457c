/** A promise that was broken. The name stays the same while a program is made smaller. */
export interface Violation {
  readonly oracle: OracleName
  readonly what: string
}

export type OracleName =
  /** O1: every event that counts as proven is byte for byte what a service recorded. */
  | 'proven events are original'
  /** O2: the count of proven events equals the size of their ranges, at every exit code. */
  | 'counts are true'
  /** O3: each event in the input is counted, once. */
  | 'every event is counted'
  /** Every covered event that is missing is named. */
  | 'absent events are named'
  /** O4: readers show exactly the events that the verifier accepted. */
  | 'readers agree'
  /** O5: a service signs only events that services recorded. */
  | 'signed events are original'
  /** O6: a sink gets only events that services recorded. */
  | 'delivered events are original'
  /** O7: the receiver of a proof sees an event that a service recorded. */
  | 'proofs are of originals'
  /** O8: more evidence never makes a wrong trail a good one. */
  | 'evidence adds up'
  /** O9: originals are delivered, or a record gives the reason. */
  | 'originals are delivered'
  /** A service deletes no event before its time. */
  | 'originals stay'
  /** A service never records an act of a person that did not happen. */
  | 'records name who acted'
  /** O10: an honest trail gets the verdict that the table says. */
  | 'honest trails get their verdict'
  /** A known attack gets the right exit code. */
  | 'known attacks are found'
  /** A program could not be run to its end. */
  | 'it ends'
