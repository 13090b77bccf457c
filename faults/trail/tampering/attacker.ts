import type { Random } from '../../../packages/core/src/testing/adapter/seeded-random.ts'
import type { Program } from './program.ts'
import { mutated, randomProgram } from './programs.ts'
import type { Outcome } from './trial.ts'

/** Tries without a better one, after which an attacker begins with another program. */
const PATIENCE = 40
/** Number of forged events that count as complete success. */
const ENOUGH = 100

/**
 * An attacker with the verifier, who works as a person would: changes one thing, checks, and keeps the change if fewer findings
 * remain for the same forgery. Returns each tried program; `report` is called with its result.
 */
export class Attacker {
  readonly #random: Random
  #best: Program | undefined
  #bestFitness = -Infinity
  #tried: Program | undefined
  #failures = 0

  constructor(random: Random) {
    this.#random = random
  }

  next(): Program {
    if (this.#best === undefined || this.#failures > PATIENCE) {
      this.#best = undefined
      this.#bestFitness = -Infinity
      this.#failures = 0
    }
    const program = this.#best ? mutated(this.#best, this.#random) : randomProgram(this.#random)
    // A verifier without a key claims nothing; one that accepts every state claims the most.
    this.#tried = { ...program, given: { ...program.given, keys: 'both', accept: 'all' } }
    return this.#tried
  }

  report(outcome: Outcome): void {
    const fitness = fitnessOf(outcome)
    if (fitness > this.#bestFitness) {
      this.#best = this.#tried
      this.#bestFitness = fitness
      this.#failures = 0
    } else this.#failures++
  }
}

/** Number of forged events that are shown, minus the findings. */
export function fitnessOf({ events, ledger, verification }: Outcome): number {
  if (!verification.report) return -1_000
  const forged = events.filter(({ source, sequence, text }) => !ledger.isOriginal(source, sequence, text))
  const { sources, findings, counts } = verification.report
  const isProven = ({ source, sequence }: (typeof events)[number]) =>
    sources.some((each) => each.source === source && each.proven.some(({ from, to }) => from <= sequence && sequence < to))
  const left = Math.min(ENOUGH, forged.length)
  const found = findings.length + sources.reduce((sum, each) => sum + each.findings.length, 0)
  if (left === 0) return -500
  return (verification.exitCode === 0 ? left : 0) + 100 * forged.filter(isProven).length - 10 * found - counts.wrong / 10
}
