import { AuditError } from '../errors.ts'

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

/** At the largest event size this is 64 MiB, as much as the memory journal. */
const MAX_LETTERS = 1_000

/** Keeps dead letters in memory: bounded, gone when the process ends. */
export function memoryDeadLetters(options: { readonly maxLetters?: number } = {}): DeadLetters {
  const maxLetters = options.maxLetters ?? MAX_LETTERS
  let kept: DeadLetter[] = []
  return {
    async add(letters) {
      if (kept.length + letters.length > maxLetters) {
        throw new AuditError(
          'AUDIT_DEAD_LETTERS_FULL',
          `${letters.length} more dead letters do not fit beside ${kept.length}, with ${maxLetters} at most. Look at them and remove them.`,
        )
      }
      kept.push(...letters)
    },
    async list(sink) {
      return kept.filter((letter) => sink === undefined || letter.sink === sink)
    },
    async remove(sink, ids) {
      const gone = new Set(ids)
      const before = kept.length
      kept = kept.filter((letter) => letter.sink !== sink || !gone.has(letter.id))
      return before - kept.length
    },
  }
}
