import type { Comparison, Group, LeftOut, Results } from './benchmark.ts'
import { summarize, type Summary } from './statistics.ts'

/** Results of each case in one round. */
export type Round = { readonly [name: string]: Results | LeftOut }

export interface AssessedCase {
  readonly name: string
  readonly measures: { readonly [measure: string]: Summary }
  /** Why it was not measured. */
  readonly leftOut?: string
}

export interface AssessedComparison extends Comparison {
  /** Computed from the ratios within each round, so that a slow round cancels out. */
  readonly ratio: Summary
  /** Left out without a goal. */
  readonly isReached?: boolean
}

export interface Assessment {
  readonly cases: readonly AssessedCase[]
  readonly comparisons: readonly AssessedComparison[]
}

export function assess(group: Group, rounds: readonly Round[]): Assessment {
  return {
    cases: group.cases.map(({ name }) => assessCase(name, rounds)),
    comparisons: group.comparisons.flatMap((comparison) => assessComparison(comparison, rounds) ?? []),
  }
}

function assessCase(name: string, rounds: readonly Round[]): AssessedCase {
  const given = rounds.map((round) => round[name]!)
  const left = given.find(isLeftOut)
  if (left) return { name, measures: {}, leftOut: left.leftOut }
  const results = given as readonly Results[]
  const measures = Object.keys(results[0]!).map(
    (measure) => [measure, summarize(results.map((result) => result[measure]!))] as const,
  )
  return { name, measures: Object.fromEntries(measures) }
}

function assessComparison(comparison: Comparison, rounds: readonly Round[]): AssessedComparison | undefined {
  const { of, against, over, measure, atLeast, atMost } = comparison
  const ratios: number[] = []
  for (const round of rounds) {
    const own = round[of]!
    const peer = against === undefined ? { [measure]: 1 } : round[against]!
    const base = over === undefined ? undefined : round[over]!
    if (isLeftOut(own) || isLeftOut(peer) || (base && isLeftOut(base))) return undefined
    ratios.push(beyond(own, base, measure) / beyond(peer, base, measure))
  }
  const ratio = summarize(ratios)
  if (atLeast === undefined && atMost === undefined) return { ...comparison, ratio }
  // A goal without a peer is a rule, which must hold in every round.
  const values = against === undefined ? ratios : [ratio.median]
  return {
    ...comparison,
    ratio,
    isReached: values.every((value) => value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity)),
  }
}

/** The time that one takes longer than the other. */
function beyond(results: Results, base: Results | undefined, measure: string): number {
  return results[measure]! - (base?.[measure] ?? 0)
}

export function isLeftOut(result: Results | LeftOut): result is LeftOut {
  return 'leftOut' in result
}
