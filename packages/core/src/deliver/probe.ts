import type { Batch } from '../event/batch.ts'
import type { Cursor } from '../journal/journal.ts'
import type { Verdict } from './batch-bisection.ts'
import type { Answer } from './sink-try.ts'

/** The parts of a parked sink's deliverer that a probe needs. */
export interface Prober {
  write(batch: Batch): Promise<Answer>
  settle(batch: Batch, verdict: Verdict, progress: { settled: number }): Promise<boolean>
}

/** The sink accepts again, or it stays parked with this many events at the front that were each refused alone. */
export type ProbeResult = 'resumed' | { readonly suspects: number }

/**
 * Tests a parked sink: sends the oldest event alone and, if it is refused, the next one that was not refused before. If that one
 * is accepted, the sink is healthy. Each refused one before it is then sent once more, since the sink may have been at fault;
 * events that it refuses again become dead letters.
 */
export async function probe(prober: Prober, cursor: Cursor, suspects: number, maxSuspects: number): Promise<ProbeResult> {
  if (cursor.pending() === 0) return 'resumed'
  const limits = { maxEvents: suspects + 1, maxBytes: Number.MAX_SAFE_INTEGER, maxAgeMs: 0 }
  const batch = await cursor.next(limits, new AbortController().signal)

  const oldest = await prober.write(batch.slice(0, 1))
  if (oldest.kind === 'accepted') return settled(prober, batch, { convicted: [], settled: 1 }, suspects)
  if (!isRefused(oldest)) return { suspects }

  const refused = Math.max(1, suspects)
  if (batch.lines.length <= refused) return { suspects: refused }
  const next = await prober.write(batch.slice(refused, refused + 1))
  if (next.kind === 'accepted') return judge(prober, batch, refused)
  return { suspects: isRefused(next) ? Math.min(refused + 1, maxSuspects) : refused }
}

/** If the sink refuses everything, this says nothing about the event, and the next one must not overtake it. */
function isRefused(answer: Answer): boolean {
  return answer.kind === 'refused' && !answer.turnsAway
}

async function judge(prober: Prober, batch: Batch, refused: number): Promise<ProbeResult> {
  const convicted: number[] = []
  for (let index = 0; index < refused; index++) {
    const answer = await prober.write(batch.slice(index, index + 1))
    if (isRefused(answer)) convicted.push(index)
    else if (answer.kind !== 'accepted') return { suspects: refused }
  }
  return settled(prober, batch, { convicted, settled: refused + 1 }, refused)
}

async function settled(prober: Prober, batch: Batch, verdict: Verdict, suspects: number): Promise<ProbeResult> {
  return (await prober.settle(batch, verdict, { settled: 0 })) ? 'resumed' : { suspects }
}
