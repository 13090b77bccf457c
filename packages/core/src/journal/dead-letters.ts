/** An event that a sink will never accept, whole, with the reason in machine words. */
export interface DeadLetter {
  readonly sink: string
  readonly id: string
  /** The exact JSON text that the sink was given. */
  readonly line: string
  readonly reason: string
  /** RFC 3339: when it was given up. */
  readonly at: string
}

/** Where refused events are kept for a person to look at. */
export interface DeadLetters {
  /** Resolves once they are kept as durably as this promises. Rejects with `AUDIT_DEAD_LETTERS_FULL`, keeping none of them. */
  add(letters: readonly DeadLetter[]): Promise<void>
  /** Oldest first; of one sink if it is named. */
  list(sink?: string): Promise<readonly DeadLetter[]>
  /** Resolves with how many of these ids there were and are no more. */
  remove(sink: string, ids: readonly string[]): Promise<number>
}
