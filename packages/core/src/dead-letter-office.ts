import type { Admission } from './admit/admission.ts'
import { AuditError } from './errors.ts'
import type { Facts } from './admit/facts.ts'
import type { Delivery } from './deliver/delivery.ts'
import type { ReplayResult } from './deliver/replay.ts'
import type { DeadLetter, DeadLetters } from './journal/dead-letters.ts'

/** Which letters: those of one sink, or some of them. */
export interface LetterSelection {
  readonly sink: string
  readonly ids?: readonly string[]
}

/** What may be done about events that a sink refused for good. */
export interface DeadLetterOffice {
  /** Oldest first; of one sink if it is named. */
  readonly list: (options?: { readonly sink?: string }) => Promise<readonly DeadLetter[]>
  /**
   * Sends them to their sink again, between two batches; what it accepts is a dead letter no more. Rejects with `AUDIT_SINK_FAILED`
   * if the sink is not well or not there.
   */
  readonly replay: (selection: LetterSelection) => Promise<ReplayResult>
  /**
   * Removes them for good, and records who did so as `audit:purged` first. Resolves with how many there were;
   * rejects with `AUDIT_NOT_CONFIRMED`, removing none, if that cannot be recorded.
   */
  readonly purge: (selection: LetterSelection & { readonly by: string }) => Promise<number>
}

export interface DeadLetterOfficeOptions {
  readonly deadLetters: DeadLetters
  readonly delivery: Delivery
  readonly admission: Admission
  readonly facts: Facts
}

export function createDeadLetterOffice({ deadLetters, delivery, admission, facts }: DeadLetterOfficeOptions): DeadLetterOffice {
  const select = async ({ sink, ids }: LetterSelection) => {
    const letters = await deadLetters.list(sink)
    return ids ? letters.filter(({ id }) => ids.includes(id)) : letters
  }
  return {
    list: ({ sink } = {}) => deadLetters.list(sink),
    replay: async (selection) => delivery.replay(selection.sink, await select(selection)),
    async purge(selection) {
      const letters = await select(selection)
      if (letters.length === 0) return 0
      const { sink, by } = selection
      const ids = letters.map(({ id }) => id)
      const { held } = await admission.submitOwn(facts.create('purged', { sink, by, count: ids.length, ids }))
      if (held !== 'journal') {
        throw new AuditError(
          'AUDIT_NOT_CONFIRMED',
          'The journal does not hold who purges what, so nothing was purged. Try again.',
        )
      }
      return deadLetters.remove(sink, ids)
    },
  }
}
