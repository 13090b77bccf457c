import { delay, type Clock } from '../clock.ts'
import type { Batch, BatchLimits } from '../event/batch.ts'
import type { Cursor } from '../journal/cursors.ts'
import type { BatchWriter } from './batch-writer.ts'
import { retryDelayMs, type RetryPolicy } from './retry-policy.ts'
import type { WriteResult } from './sink-try.ts'

export interface ProbingOptions {
  readonly writer: BatchWriter
  readonly cursor: Cursor
  readonly batch: Pick<BatchLimits, 'maxEvents'>
  readonly retry: RetryPolicy
  readonly clock: Clock
  /** Ends the probing. */
  readonly signal: AbortSignal
}

/**
 * Sends a parked sink only a probe now and then. `unconfirmed`: number of events at the front that were each refused alone.
 * Resolves with true when a probe is accepted, and with false after `signal` aborted.
 */
export async function probeUntilResumed(options: ProbingOptions, unconfirmed: number): Promise<boolean> {
  const { writer, cursor, batch, retry, clock, signal } = options
  let found = unconfirmed
  for (let probes = 1; !signal.aborted; probes++) {
    await delay(clock, retryDelayMs(retry, probes, (1 + clock.random()) / 2), signal, { keepAlive: false })
    if (signal.aborted || !writer.mayWrite) continue
    const result = await probe(writer, cursor, found, batch.maxEvents)
    if (result === 'resumed') return true
    found = result.unconfirmed
  }
  return false
}

/** The sink accepts again, or it stays parked with this many events at the front that were each refused alone. */
type ProbeResult = 'resumed' | { readonly unconfirmed: number }

/**
 * Tests a parked sink: sends the oldest event alone and, if it is refused, the next one that was not refused before. If that one
 * is accepted, the sink is healthy. Each refused one before it is then sent once more, since the sink may have been at fault;
 * events that it refuses again become dead letters.
 */
async function probe(writer: BatchWriter, cursor: Cursor, unconfirmed: number, most: number): Promise<ProbeResult> {
  if (cursor.pending() === 0) return 'resumed'
  const limits = { maxEvents: unconfirmed + 1, maxBytes: Number.MAX_SAFE_INTEGER, maxAgeMs: 0 }
  const batch = await cursor.next(limits, new AbortController().signal)

  const oldest = await writer.write(batch.slice(0, 1))
  if (oldest.kind === 'accepted') return settled(writer, batch, { rejected: [], to: 1 }, unconfirmed)
  if (!isRefused(oldest)) return { unconfirmed }

  const refused = Math.max(1, unconfirmed)
  if (batch.lines.length <= refused) return { unconfirmed: refused }
  const next = await writer.write(batch.slice(refused, refused + 1))
  if (next.kind === 'accepted') return sendRefusedAgain(writer, batch, refused)
  return { unconfirmed: isRefused(next) ? Math.min(refused + 1, most) : refused }
}

/** If the sink refuses everything, this says nothing about the event, and the next one must not overtake it. */
function isRefused(result: WriteResult): boolean {
  return result.kind === 'refused' && !result.parks
}

async function sendRefusedAgain(writer: BatchWriter, batch: Batch, refused: number): Promise<ProbeResult> {
  const rejected: number[] = []
  for (let index = 0; index < refused; index++) {
    const result = await writer.write(batch.slice(index, index + 1))
    if (isRefused(result)) rejected.push(index)
    else if (result.kind !== 'accepted') return { unconfirmed: refused }
  }
  return settled(writer, batch, { rejected, to: refused + 1 }, refused)
}

async function settled(
  writer: BatchWriter,
  batch: Batch,
  range: { readonly rejected: readonly number[]; readonly to: number },
  unconfirmed: number,
): Promise<ProbeResult> {
  return (await writer.settle(batch, { from: 0, ...range })) ? 'resumed' : { unconfirmed }
}
