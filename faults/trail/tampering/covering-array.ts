import { seededRandom } from '../../../packages/core/src/testing/adapter/seeded-random.ts'

/** A choice that every row makes. */
export interface Factor {
  readonly name: string
  readonly levels: number
  /** In this state the factor hides nothing that another one does. Left out: every row chooses freely. */
  readonly quiet?: number
}

export type Row = readonly number[]

/** A row with more changes than that is found by any one of them, and shows little about the others. */
const MOST_LOUD = 6
const SEED = 14

/**
 * Rows that contain every combination of choices of three factors at least once. Greedy, after AETG: each row begins with a triple that no
 * row has yet, and takes factor by factor the level with which most new triples come. The same for the same factors.
 */
export function coveringArray(factors: readonly Factor[]): readonly Row[] {
  const missing = new Triples(factors)
  const random = seededRandom(SEED)
  const rows: Row[] = []
  for (let triple = missing.any(); triple; triple = missing.any()) {
    const row = rowWith(triple, factors, missing, random)
    missing.remove(row)
    rows.push(row)
  }
  return rows
}

type Choice = readonly [factor: number, level: number]

function rowWith(triple: readonly Choice[], factors: readonly Factor[], missing: Triples, random: () => number): Row {
  const row: (number | undefined)[] = factors.map(() => undefined)
  for (const [factor, level] of triple) row[factor] = level
  const isLoud = (factor: number, level: number) => factors[factor]!.quiet !== undefined && level !== factors[factor]!.quiet
  let loud = triple.filter(([factor, level]) => isLoud(factor, level)).length
  const order = factors.map((_, factor) => ({ factor, key: random() })).toSorted((one, other) => one.key - other.key)
  for (const { factor } of order) {
    if (row[factor] !== undefined) continue
    const { levels, quiet } = factors[factor]!
    const offset = Math.floor(random() * levels)
    let best = { level: quiet ?? offset, gain: 0 }
    for (let step = 0; step < levels; step++) {
      const level = (offset + step) % levels
      if (isLoud(factor, level) && loud >= MOST_LOUD) continue
      const gain = missing.gain(row, factor, level)
      if (gain > best.gain) best = { level, gain }
    }
    row[factor] = best.level
    if (isLoud(factor, best.level)) loud++
  }
  return row as number[]
}

/** The triples that no row has yet. */
class Triples {
  readonly #bases: readonly number[]
  readonly #size: number
  readonly #missing = new Set<number>()

  constructor(factors: readonly Factor[]) {
    // Each choice has a number of its own.
    const bases: number[] = []
    let next = 0
    for (const { levels } of factors) {
      bases.push(next)
      next += levels
    }
    this.#bases = bases
    this.#size = next
    const loud = (factor: number, level: number) =>
      Number(factors[factor]!.quiet !== undefined && factors[factor]!.quiet !== level)
    for (let a = 0; a < factors.length; a++)
      for (let b = a + 1; b < factors.length; b++)
        for (let c = b + 1; c < factors.length; c++)
          for (let i = 0; i < factors[a]!.levels; i++)
            for (let j = 0; j < factors[b]!.levels; j++)
              for (let k = 0; k < factors[c]!.levels; k++)
                if (loud(a, i) + loud(b, j) + loud(c, k) <= MOST_LOUD)
                  this.#missing.add(this.#code(bases[a]! + i, bases[b]! + j, bases[c]! + k))
  }

  any(): readonly Choice[] | undefined {
    for (const code of this.#missing) {
      const size = this.#size
      return [Math.floor(code / size / size), Math.floor(code / size) % size, code % size].map((choice) => {
        const factor = this.#bases.findLastIndex((base) => base <= choice)
        return [factor, choice - this.#bases[factor]!] as const
      })
    }
    return undefined
  }

  /** Number of new triples that this choice completes. */
  gain(row: readonly (number | undefined)[], factor: number, level: number): number {
    const chosen = this.#choices(row)
    const own = this.#bases[factor]! + level
    let gain = 0
    for (let one = 0; one < chosen.length; one++)
      for (let other = one + 1; other < chosen.length; other++)
        if (this.#missing.has(this.#sorted(own, chosen[one]!, chosen[other]!))) gain++
    return gain
  }

  remove(row: Row): void {
    const chosen = this.#choices(row)
    for (let a = 0; a < chosen.length; a++)
      for (let b = a + 1; b < chosen.length; b++)
        for (let c = b + 1; c < chosen.length; c++) this.#missing.delete(this.#code(chosen[a]!, chosen[b]!, chosen[c]!))
  }

  #choices(row: readonly (number | undefined)[]): readonly number[] {
    return row.flatMap((level, factor) => (level === undefined ? [] : [this.#bases[factor]! + level]))
  }

  /** `two` is smaller than `three`. */
  #sorted(one: number, two: number, three: number): number {
    if (one < two) return this.#code(one, two, three)
    return one < three ? this.#code(two, one, three) : this.#code(two, three, one)
  }

  #code(one: number, two: number, three: number): number {
    return (one * this.#size + two) * this.#size + three
  }
}
