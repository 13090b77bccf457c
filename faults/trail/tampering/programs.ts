import { between, type Random } from '../../../packages/core/src/testing/adapter/seeded-random.ts'
import { basePlans } from './bases.ts'
import { coveringArray, type Factor, type Row } from './covering-array.ts'
import { coverStates, type CoverName, type Covers } from './covers.ts'
import { harmSets, type Harm } from './harms.ts'
import { copyKinds, serviceSteps, type CopyKind, type Given, type Program, type ServiceStep } from './program.ts'

// Sources of programs: every triple of choices, every quadruple of the choices that hide the most, and chance.

const harms: readonly Harm[] = [
  ...harmSets.map((set): Harm => ({ do: 'alter', set, at: 7 })),
  ...(['one', 'prefix', 'suffix', 'all-but-seals'] as const).map((set): Harm => ({ do: 'delete', set, at: 7 })),
  { do: 'insert', at: 9, count: 1 },
  { do: 'insert', at: 'end', count: 2 },
  { do: 'replay', at: 5 },
  { do: 'swap', at: 11 },
  { do: 'hide' },
]
const services: readonly (readonly ServiceStep[])[] = [
  [],
  ['close'],
  ['kill', 'close'],
  ['adopt'],
  ['rotate-key'],
  ['trim'],
  ['remote-signer'],
  ['signer-away'],
  ['telling-anchor'],
  ['release'],
]
const copies: readonly CopyKind[] = ['none', 'all', 'late', 'filtered', 'rotated', 'repeated', 'parts', 'late-parts']
const keys: readonly Given['keys'][] = ['service', 'both', 'none']
const anchors: readonly Given['anchor'][] = ['none', 'newest', 'older']
const acceptances: readonly Given['accept'][] = ['default', 'all', 'strict']
const coverNames = Object.keys(coverStates) as readonly CoverName[]

/** A change to a line includes a new checksum, or no other check is tested. */
const quietState: { readonly [Name in CoverName]?: string } = { checksums: 'recompute' }

const factors: readonly Factor[] = [
  { name: 'base', levels: basePlans.length },
  { name: 'harm', levels: harms.length },
  { name: 'services', levels: services.length },
  { name: 'copy', levels: copies.length },
  { name: 'keys', levels: keys.length },
  { name: 'anchor', levels: anchors.length },
  { name: 'tiles', levels: 2 },
  { name: 'accept', levels: acceptances.length },
  ...coverNames.map((name) => {
    const states: readonly string[] = coverStates[name]
    return { name, levels: states.length, quiet: states.indexOf(quietState[name] ?? states[0]!) }
  }),
]

let tripled: readonly Program[] | undefined

/** Each triple of choices is in one of them. */
export function tripledPrograms(): readonly Program[] {
  return (tripled ??= coveringArray(factors).map(programOf))
}

function programOf([base, harm, service, copy, key, anchor, tiles, accept, ...states]: Row, index: number): Program {
  return {
    base: base!,
    log: 0,
    harms: [harms[harm!]!],
    covers: Object.fromEntries(coverNames.map((name, index) => [name, coverStates[name][states[index]!]])) as Covers,
    services: services[service!]!,
    copy: copies[copy!]!,
    given: { keys: keys[key!]!, anchor: anchors[anchor!]!, tiles: tiles === 1, accept: acceptances[accept!]! },
    ids: index,
  }
}

/** The choices that hide the most together: the harmed lines, both kinds of hashes, the first lines, and the seals. */
export function quadrupledPrograms(): readonly Program[] {
  const programs: Program[] = []
  for (const set of harmSets)
    for (const leaves of coverStates.leaves)
      for (const upperTiles of coverStates.upperTiles)
        for (const trimmed of ['keep', 'claim', 'gone', 'claim-behind'] as const)
          for (const seals of coverStates.seals) {
            const cut: readonly Harm[] = trimmed === 'keep' || trimmed === 'claim' ? [] : [{ do: 'delete', set: 'one', at: 0 }]
            programs.push({
              base: programs.length % 6,
              log: 0,
              harms: [...cut, { do: 'alter', set, at: 3 }],
              covers: {
                checksums: 'recompute',
                segments: 'fit',
                leaves,
                upperTiles,
                seals,
                ...(trimmed.startsWith('claim') && { trimmed: 'claim' as const }),
              },
              services: [],
              copy: programs.length % 3 === 0 ? 'all' : 'none',
              given: {
                keys: 'service',
                anchor: programs.length % 2 === 0 ? 'newest' : 'none',
                tiles: programs.length % 5 === 0,
                accept: 'all',
              },
              ids: programs.length,
            })
          }
  return programs
}

/** How often an attacker who knows the format repairs the traces of a change. */
const REPAIR = 0.7
const COVERED = 0.2
const MOST_IDS = 1_000_000

export function randomProgram(random: Random): Program {
  const one = <T>(values: readonly T[]): T => values[between(random, 0, values.length)]!
  const isRepaired = () => random() < REPAIR
  const covers: Record<string, string> = {}
  for (const name of coverNames) if (random() < COVERED) covers[name] = one<string>(coverStates[name])
  const repairs: Covers = {
    ...(isRepaired() && { checksums: 'recompute' }),
    ...(isRepaired() && { sequences: 'recompute' }),
    ...(isRepaired() && { segments: 'fit' }),
    ...(isRepaired() && random() < 0.5 && { leaves: 'recompute', upperTiles: 'recompute' }),
  }
  return {
    base: between(random, 0, basePlans.length),
    log: between(random, 0, 3),
    harms: Array.from({ length: between(random, 1, 4) }, () => randomHarm(random)),
    covers: { ...(covers as Covers), ...repairs },
    services: Array.from({ length: between(random, 0, 3) }, () => one(serviceSteps)),
    copy: random() < 0.6 ? 'none' : one(copyKinds),
    given: {
      keys: random() < 0.8 ? 'both' : one(['none', 'service', 'stranger'] as const),
      anchor: one(['none', 'newest', 'older', 'other'] as const),
      tiles: random() < 0.5,
      accept: one(acceptances),
    },
    ids: between(random, 0, MOST_IDS),
  }
}

function randomHarm(random: Random): Harm {
  const at = between(random, 0, 600)
  const kind = between(random, 0, 10)
  const set = harmSets[between(random, 0, harmSets.length)]!
  if (kind < 4) return { do: 'alter', set, at }
  if (kind < 6) return { do: 'delete', set, at }
  if (kind < 8) return { do: 'insert', at: random() < 0.5 ? 'end' : at, count: between(random, 1, 4) }
  return kind === 8 ? { do: 'replay', at } : { do: 'swap', at }
}

/** The same with one change. */
export function mutated(program: Program, random: Random): Program {
  const other = randomProgram(random)
  switch (between(random, 0, 6)) {
    case 0:
      return { ...program, harms: [...program.harms.slice(-2), other.harms[0]!] }
    case 1:
      return { ...program, services: other.services }
    case 2:
      return { ...program, copy: other.copy }
    case 3:
      return { ...program, base: other.base, log: other.log }
    default: {
      const name = coverNames[between(random, 0, coverNames.length)]!
      const states: readonly string[] = coverStates[name]
      return { ...program, covers: { ...program.covers, [name]: states[between(random, 0, states.length)] } as Covers }
    }
  }
}
