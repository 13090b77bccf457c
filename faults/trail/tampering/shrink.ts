import { coverStates, type CoverName, type Covers } from './covers.ts'
import type { Harm } from './harms.ts'
import type { OracleName } from './oracles.ts'
import type { Given, Program } from './program.ts'

/**
 * The smallest program, within a number of tries, that breaks the same promise. `breaks` runs one, and returns the promise that
 * it breaks.
 */
export async function shrink(
  program: Program,
  oracle: OracleName,
  breaks: (program: Program) => Promise<readonly OracleName[]>,
  mostTried: number,
): Promise<Program> {
  let smallest = program
  let tried = 0
  for (let hasShrunk = true; hasShrunk && tried < mostTried;) {
    hasShrunk = false
    for (const candidate of smallerThan(smallest)) {
      if (++tried > mostTried) break
      if (!(await breaks(candidate)).includes(oracle)) continue
      smallest = candidate
      hasShrunk = true
      break
    }
  }
  return smallest
}

/** Programs with one part less, the largest part first. */
function* smallerThan(program: Program): Generator<Program> {
  const { harms, covers, services, given } = program
  for (const index of services.keys()) yield { ...program, services: services.toSpliced(index, 1) }
  if (harms.length > 0) for (const index of harms.keys()) yield { ...program, harms: harms.toSpliced(index, 1) }
  for (const name of Object.keys(covers) as readonly CoverName[]) {
    if (covers[name] === coverStates[name][0]) continue
    const { [name]: _, ...rest } = covers
    yield { ...program, covers: rest as Covers }
  }
  if (program.copy !== 'none') yield { ...program, copy: 'none' }
  for (const [index, harm] of harms.entries())
    for (const smaller of smallerHarms(harm)) yield { ...program, harms: harms.with(index, smaller) }
  if (program.base > 0) for (const base of [0, 1, 2, 3]) if (base < program.base) yield { ...program, base }
  if (program.log > 0) yield { ...program, log: 0 }
  for (const fewer of fewerGiven(given)) yield { ...program, given: fewer }
}

function* smallerHarms(harm: Harm): Generator<Harm> {
  if ((harm.do === 'alter' || harm.do === 'delete') && harm.set !== 'one') yield { ...harm, set: 'one' }
  if (harm.do === 'insert' && harm.count > 1) yield { ...harm, count: 1 }
  if (harm.do !== 'hide' && harm.at !== 0 && harm.at !== 'end') yield { ...harm, at: 0 }
}

function* fewerGiven(given: Given): Generator<Given> {
  if (given.anchor !== 'none') yield { ...given, anchor: 'none' }
  if (given.tiles) yield { ...given, tiles: false }
  if (given.accept !== 'default') yield { ...given, accept: 'default' }
  if (given.keys === 'both') yield { ...given, keys: 'service' }
}
