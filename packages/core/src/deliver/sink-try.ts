import type { Clock } from '../clock.ts'
import type { Batch } from '../event/batch.ts'
import type { Sink } from '../sink/sink.ts'
import { SinkError } from '../sink/sink-error.ts'

/**
 * The result of one try. `accepted`: the whole batch is stored. `refused`: the sink will never accept the events at `indexes`,
 * and has stored all others; without indexes, it will never accept some event after the first `stored`, or refuses everything
 * for now (`parks`). `failed`: try the events after the first `stored` again later. `hung`: the sink ignored its signal; the write may still
 * be under way.
 */
export type WriteResult =
  | { readonly kind: 'accepted' }
  | Refusal
  | { readonly kind: 'failed'; readonly error: unknown; readonly retryAfterMs: number | undefined; readonly stored: number }
  | { readonly kind: 'hung'; readonly error: unknown; readonly settled: Promise<void> }

export interface Refusal {
  readonly kind: 'refused'
  readonly error: unknown
  readonly indexes: readonly number[] | undefined
  readonly stored: number
  readonly parks: boolean
}

export interface TryOptions {
  readonly clock: Clock
  readonly deadlineMs: number
  /** Ends the try early. */
  readonly signal: AbortSignal
}

/** Time that a sink has to stop after its signal aborted. */
const GRACE_MS = 2_000

/** Asks a sink once to store a batch. Never rejects, and never takes longer than the deadline and the grace. */
export function trySink(sink: Sink, batch: Batch, { clock, deadlineMs, signal }: TryOptions): Promise<WriteResult> {
  const timeout = new AbortController()
  return new Promise((resolve) => {
    const abort = () => {
      timeout.abort(new SinkError(`The sink did not store the batch within ${deadlineMs} ms.`))
      deadline.cancel()
      grace ??= clock.schedule(GRACE_MS, () => finish({ kind: 'hung', error: hungError(deadlineMs), settled }))
    }
    const finish = (result: WriteResult) => {
      deadline.cancel()
      grace?.cancel()
      signal.removeEventListener('abort', abort)
      resolve(result)
    }
    let grace: ReturnType<Clock['schedule']> | undefined
    const deadline = clock.schedule(deadlineMs, abort)
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
    const settled = write(sink, batch, timeout.signal).then(finish)
  })
}

function hungError(deadlineMs: number): SinkError {
  return new SinkError(`It did not answer within ${deadlineMs} ms, and ignored its signal to stop.`)
}

async function write(sink: Sink, batch: Batch, signal: AbortSignal): Promise<WriteResult> {
  try {
    await sink.write(batch, { signal })
    return { kind: 'accepted' }
  } catch (error) {
    return resultOf(error, batch)
  }
}

/**
 * An unclassified error means "try again later", so that a sink which classifies nothing loses nothing. Accepts any thrown value.
 */
function resultOf(error: unknown, batch: Batch): WriteResult {
  try {
    if (SinkError.isInstance(error)) return resultOfSinkError(error, batch)
  } catch {
    // An object that throws when it is read shows only that something went wrong.
  }
  return { kind: 'failed', error, retryAfterMs: undefined, stored: 0 }
}

function resultOfSinkError(error: SinkError, { lines }: Batch): WriteResult {
  const indexes = error.refused?.filter((index) => Number.isInteger(index) && index >= 0 && index < lines.length)
  const refusal = { kind: 'refused', error, indexes: undefined, stored: 0, parks: false } as const
  if (indexes && indexes.length > 0) return { ...refusal, indexes: [...new Set(indexes)].toSorted((a, b) => a - b) }
  // If a sink reports that it stored everything and fails, its last event is sent again: better twice than never.
  const stored = Number.isInteger(error.stored) ? Math.min(Math.max(0, error.stored!), lines.length - 1) : 0
  if (error.parks === true) return { ...refusal, stored, parks: true }
  if (error.retryable) return { kind: 'failed', error, retryAfterMs: error.retryAfterMs, stored }
  return { ...refusal, stored }
}
