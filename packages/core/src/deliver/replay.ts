import { AuditError } from '../errors.ts'
import { createBatch, type Batch } from '../event/batch.ts'
import type { DeadLetter, DeadLetters } from '../journal/dead-letters.ts'
import { describeFailure } from './describe-failure.ts'
import type { Answer } from './sink-try.ts'

/** What became of letters that were sent again. */
export interface ReplayResult {
  readonly replayed: number
  /** Refused once more; they stay where they are. */
  readonly refused: number
}

export interface ReplayOptions {
  readonly write: (batch: Batch) => Promise<Answer>
  readonly deadLetters: DeadLetters
  readonly maxEvents: number
}

/**
 * Sends letters of one sink again, oldest first, and removes those it accepts. Rejects with `AUDIT_SINK_FAILED` when the sink fails;
 * what it accepted before is removed all the same.
 */
export async function replayLetters(letters: readonly DeadLetter[], options: ReplayOptions): Promise<ReplayResult> {
  let replayed = 0
  for (let from = 0; from < letters.length; from += options.maxEvents) {
    const group = letters.slice(from, from + options.maxEvents)
    for (const accepted of await acceptedOf(group, options)) {
      await options.deadLetters.remove(accepted.sink, [accepted.id])
      replayed++
    }
  }
  return { replayed, refused: letters.length - replayed }
}

async function acceptedOf(letters: readonly DeadLetter[], options: ReplayOptions): Promise<readonly DeadLetter[]> {
  const answer = await options.write(batchOf(letters))
  switch (answer.kind) {
    case 'accepted':
      return letters
    case 'refused': {
      if (answer.indexes) return letters.filter((_, index) => !answer.indexes!.includes(index))
      if (letters.length === 1) return []
      const middle = Math.ceil(letters.length / 2)
      return [...(await acceptedOf(letters.slice(0, middle), options)), ...(await acceptedOf(letters.slice(middle), options))]
    }
    default:
      throw new AuditError(
        'AUDIT_SINK_FAILED',
        `Sink '${letters[0]!.sink}' failed: ${describeFailure(answer.error)}. The letters it has not accepted are kept; try again.`,
      )
  }
}

function batchOf(letters: readonly DeadLetter[]): Batch {
  return createBatch(letters.map(({ line }, index) => ({ line, byteLength: Buffer.byteLength(line) + 1, end: index + 1 })))
}
