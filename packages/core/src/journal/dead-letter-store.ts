/** An event that a sink will never accept, whole, with the reason as a short code. */
export interface DeadLetter {
  readonly sink: string
  readonly id: string
  /** The exact JSON text that the sink was given. */
  readonly line: string
  readonly reason: string
  /** RFC 3339: the time of the refusal. */
  readonly at: string
}

/** Keeps refused events for a person to inspect. */
export interface DeadLetterStore {
  /** Resolves once they are kept as durably as this promises. Rejects with `AUDIT_DEAD_LETTERS_FULL`, keeping none of them. */
  add(letters: readonly DeadLetter[]): Promise<void>
  /** Lists letters, oldest first; only those of `sink` if it is named. */
  list(sink?: string): Promise<readonly DeadLetter[]>
  /** Resolves with the number of removed letters; ids that are unknown do not count. */
  remove(sink: string, ids: readonly string[]): Promise<number>
}
