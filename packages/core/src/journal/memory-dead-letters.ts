import { AuditError } from '../errors.ts'
import type { DeadLetter, DeadLetterStore } from './dead-letter-store.ts'

/** At the largest event size this is 64 MiB, as much as the memory journal. */
const MAX_LETTERS = 1_000

/** Keeps dead letters in memory: bounded, gone when the process ends. */
export function memoryDeadLetters(options: { readonly maxLetters?: number } = {}): DeadLetterStore {
  const maxLetters = options.maxLetters ?? MAX_LETTERS
  let kept: DeadLetter[] = []
  return {
    async add(letters) {
      if (kept.length + letters.length > maxLetters) {
        throw new AuditError(
          'AUDIT_DEAD_LETTERS_FULL',
          `${letters.length} more dead letters do not fit: ${kept.length} of at most ${maxLetters} are kept. Inspect and remove them.`,
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
