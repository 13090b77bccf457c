import type { Batch } from '../event/batch.ts'
import type { Cursor } from '../journal/journal.ts'
import type { Verdict } from './refusal-trial.ts'
import type { Answer } from './sink-try.ts'

/** What a probe needs of the deliverer whose sink is parked. */
export interface Prober {
  write(batch: Batch): Promise<Answer>
  settle(batch: Batch, verdict: Verdict, progress: { settled: number }): Promise<boolean>
}

/**
 * Asks a parked sink for a sign of life: the oldest event alone and, if that is refused, the next one alone that was not refused before.
 * If that one is accepted, the sink is well and the refused ones before it are at fault.
 */
export async function probe(
  prober: Prober,
  cursor: Cursor,
  suspects: number,
  maxSuspects: number,
): Promise<'resumed' | { readonly suspects: number }> {
  if (cursor.pending() === 0) return 'resumed'
  const limits = { maxEvents: suspects + 1, maxBytes: Number.MAX_SAFE_INTEGER, maxAgeMs: 0 }
  const batch = await cursor.next(limits, new AbortController().signal)

  const oldest = await prober.write(batch.slice(0, 1))
  if (oldest.kind === 'accepted') return resumed(prober, batch, { convicted: [], settled: 1 }, suspects)
  if (oldest.kind !== 'refused') return { suspects }

  const refused = Math.max(1, suspects)
  if (batch.lines.length <= refused) return { suspects: refused }
  const next = await prober.write(batch.slice(refused, refused + 1))
  if (next.kind === 'accepted') {
    const convicted = Array.from({ length: refused }, (_, index) => index)
    return resumed(prober, batch, { convicted, settled: refused + 1 }, refused)
  }
  return { suspects: next.kind === 'refused' ? Math.min(refused + 1, maxSuspects) : refused }
}

async function resumed(prober: Prober, batch: Batch, verdict: Verdict, suspects: number): Promise<'resumed' | { readonly suspects: number }> {
  return (await prober.settle(batch, verdict, { settled: 0 })) ? 'resumed' : { suspects }
}
