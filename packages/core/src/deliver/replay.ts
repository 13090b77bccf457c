import { AuditError } from '../errors.ts'
import { createBatch, type Batch } from '../event/batch.ts'
import type { DeadLetter, DeadLetterStore } from '../journal/dead-letter-store.ts'
import { describeFailure } from '../event/describe-failure.ts'
import type { BatchWriter } from './batch-writer.ts'

/** The result of sending letters again. */
export interface ReplayResult {
  readonly replayed: number
  /** Refused again; they stay in the dead letters. */
  readonly refused: number
}

export interface ReplayOptions {
  readonly writer: BatchWriter
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
      await send(letters.slice(from, from + options.maxEvents), options.writer, accepted)
    } finally {
      replayed += await options.deadLetters.remove(letters[0]!.sink, accepted)
    }
  }
  return { replayed, refused: letters.length - replayed }
}

/** Adds the ids of those that are accepted. */
async function send(letters: readonly DeadLetter[], writer: BatchWriter, accepted: string[]): Promise<void> {
  const result = await writer.write(batchOf(letters))
  const accept = (some: readonly DeadLetter[]) => accepted.push(...some.map(({ id }) => id))
  if (result.kind === 'accepted') return void accept(letters)
  const stored = result.kind === 'hung' ? 0 : result.stored
  accept(letters.slice(0, stored))
  if (result.kind !== 'refused' || result.parks) {
    throw new AuditError(
      'AUDIT_SINK_FAILED',
      `Sink '${letters[0]!.sink}' failed: ${describeFailure(result.error)}. The letters it has not accepted are kept; try again.`,
    )
  }
  const { indexes } = result
  if (indexes) return void accept(letters.filter((_, index) => !indexes.includes(index)))
  // Without a list, any of the remaining events may be the refused one.
  const rest = letters.slice(stored)
  if (rest.length === 1) return
  const middle = Math.ceil(rest.length / 2)
  await send(rest.slice(0, middle), writer, accepted)
  await send(rest.slice(middle), writer, accepted)
}

function batchOf(letters: readonly DeadLetter[]): Batch {
  return createBatch(letters.map(({ line }, index) => ({ line, byteLength: Buffer.byteLength(line) + 1, end: index + 1 })))
}
