import type { EventCounts, Verdict } from '@audit/proof'
import type { JudgeOptions } from './log-evidence.ts'
import type { Span } from './tree-evidence.ts'

const ORDER: readonly Verdict[] = ['proven', 'consistent', 'unproven', 'wrong']

/** The verdict about a trail, from those about its logs. */
export function worstOf(verdicts: readonly Verdict[], { basis }: Pick<JudgeOptions, 'basis'>): Verdict {
  const best: Verdict = basis === 'nothing' ? 'consistent' : 'proven'
  return verdicts.reduce((worst, one) => (ORDER.indexOf(one) > ORDER.indexOf(worst) ? one : worst), best)
}

export function sumOf(counts: readonly EventCounts[]): EventCounts {
  const total = { events: 0, proven: 0, unsealed: 0, unproven: 0, wrong: 0 }
  for (const each of counts) for (const name of Object.keys(total) as (keyof EventCounts)[]) total[name] += each[name]
  return total
}

/** True if one of these ordered spans has that sequence. */
export function isWithin(spans: readonly Span[], sequence: number): boolean {
  let [low, high] = [0, spans.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (spans[middle]!.to <= sequence) low = middle + 1
    else high = middle
  }
  return low < spans.length && spans[low]!.from <= sequence
}
