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
    const accepted: string[] = []
    try {
      await send(letters.slice(from, from + options.maxEvents), options.write, accepted)
    } finally {
      replayed += await options.deadLetters.remove(letters[0]!.sink, accepted)
    }
  }
  return { replayed, refused: letters.length - replayed }
}

/** Adds the ids of those that are accepted. */
async function send(letters: readonly DeadLetter[], write: ReplayOptions['write'], accepted: string[]): Promise<void> {
  const answer = await write(batchOf(letters))
  if (answer.kind !== 'accepted' && answer.kind !== 'refused') {
    throw new AuditError(
      'AUDIT_SINK_FAILED',
      `Sink '${letters[0]!.sink}' failed: ${describeFailure(answer.error)}. The letters it has not accepted are kept; try again.`,
    )
  }
  const refused = answer.kind === 'refused' ? (answer.indexes ?? letters.map((_, index) => index)) : []
  // Without a list, any of them may be the one.
  if (answer.kind === 'refused' && !answer.indexes && letters.length > 1) {
    const middle = Math.ceil(letters.length / 2)
    await send(letters.slice(0, middle), write, accepted)
    return send(letters.slice(middle), write, accepted)
  }
  for (const [index, { id }] of letters.entries()) if (!refused.includes(index)) accepted.push(id)
}

function batchOf(letters: readonly DeadLetter[]): Batch {
  return createBatch(letters.map(({ line }, index) => ({ line, byteLength: Buffer.byteLength(line) + 1, end: index + 1 })))
}
