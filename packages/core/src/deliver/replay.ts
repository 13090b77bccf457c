import { AuditError } from '../errors.ts'
import { createBatch, type Batch } from '../event/batch.ts'
import type { DeadLetter, DeadLetterStore } from '../journal/dead-letter-store.ts'
import { describeFailure } from '../event/describe-failure.ts'
import type { Answer } from './sink-try.ts'

/** The result of sending letters again. */
export interface ReplayResult {
  readonly replayed: number
  /** Refused again; they stay in the dead letters. */
  readonly refused: number
}

export interface ReplayOptions {
  readonly write: (batch: Batch) => Promise<Answer>
  readonly deadLetters: DeadLetterStore
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
  const accept = (some: readonly DeadLetter[]) => accepted.push(...some.map(({ id }) => id))
  if (answer.kind === 'accepted') return void accept(letters)
  const stored = answer.kind === 'hung' ? 0 : answer.stored
  accept(letters.slice(0, stored))
  if (answer.kind !== 'refused' || answer.turnsAway) {
    throw new AuditError(
      'AUDIT_SINK_FAILED',
      `Sink '${letters[0]!.sink}' failed: ${describeFailure(answer.error)}. The letters it has not accepted are kept; try again.`,
    )
  }
  const { indexes } = answer
  if (indexes) return void accept(letters.filter((_, index) => !indexes.includes(index)))
  // Without a list, any of the remaining events may be the refused one.
  const rest = letters.slice(stored)
  if (rest.length === 1) return
  const middle = Math.ceil(rest.length / 2)
  await send(rest.slice(0, middle), write, accepted)
  await send(rest.slice(middle), write, accepted)
}

function batchOf(letters: readonly DeadLetter[]): Batch {
  return createBatch(letters.map(({ line }, index) => ({ line, byteLength: Buffer.byteLength(line) + 1, end: index + 1 })))
}
