import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { between, type Random } from '../../../packages/core/src/testing/adapter/seeded-random.ts'
import { makeBase, type Base, type BasePlan, type LifeEnd } from './bases.ts'
import { findingsOf } from './known-attacks.ts'
import { judge } from './judge.ts'
import type { Violation } from './oracles.ts'
import { copyKinds, serviceSteps, type Given, type Program } from './program.ts'
import { runProgram, type Verification, type World } from './trial.ts'

// Trails without any tampering. The table of docs/proof.md has the verifier's result for each, for each kind of evidence.

/** Given nothing, the key, an anchor, both, and both with `--strict`. A dash: not asked. */
type Cells = readonly [nothing: Cell, key: Cell, anchor: Cell, both: Cell, strict: Cell]
type Cell = 0 | 1 | 4 | '–'

interface HonestState {
  /** The row of the table. */
  readonly row: number
  readonly name: string
  readonly plan: BasePlan
  readonly program?: Partial<Program>
  /** As it was a life before. */
  readonly isOlder?: boolean
  /** The evidence in the columns with an anchor, and the names that all columns accept, if they differ from the usual. */
  readonly anchor?: Given['anchor']
  readonly accept?: Given['accept']
  readonly cells: Cells
}

const closed: BasePlan = { name: 'closed', logs: 1, lives: ['closed', 'closed'], events: 300 }
const killed: BasePlan = { name: 'killed', logs: 1, lives: ['closed', 'killed'], events: 300 }
const torn: BasePlan = { name: 'torn', logs: 1, lives: ['closed', 'torn'], events: 60 }
const trimmed: BasePlan = { name: 'trimmed', logs: 1, lives: ['closed', 'closed'], events: 600, isTrimmed: true }
const unsigned: BasePlan = { name: 'unsigned', logs: 1, lives: ['closed'], events: 60, isUnsigned: true }
const unsealed: BasePlan = { name: 'unsealed', logs: 1, lives: ['closed'], events: 60, isUnsealed: true }
const away: BasePlan = { name: 'away', logs: 1, lives: ['closed', 'killed'], events: 60, isSignerAway: true }
const early: BasePlan = { name: 'early', logs: 1, lives: ['early'], events: 20 }
const idle: BasePlan = { name: 'idle', logs: 1, lives: ['idle'], events: 0 }
const adopted: BasePlan = { name: 'adopted', logs: 2, lives: ['killed'], events: 60 }

const states: readonly HonestState[] = [
  { row: 1, name: 'a closed journal', plan: closed, cells: [0, 0, 0, 0, 0] },
  { row: 2, name: 'a killed journal', plan: killed, cells: [0, 0, 4, 0, 4] },
  { row: 1, name: 'a closed journal, strict without a key', plan: closed, accept: 'strict', cells: [4, '–', '–', '–', '–'] },
  {
    row: 3,
    name: 'lines behind the end of a closed log',
    plan: closed,
    program: { harms: [{ do: 'insert', at: 'end', count: 2 }], covers: { checksums: 'recompute' } },
    cells: [1, 1, 1, 1, 1],
  },
  { row: 4, name: 'a signer that is away for an hour', plan: away, cells: [0, 4, 4, 4, 4] },
  { row: 5, name: 'a log that was never sealed', plan: unsealed, cells: [0, 4, '–', '–', 4] },
  {
    row: 6,
    name: 'a log whose checkpoint is gone',
    plan: closed,
    program: { covers: { checkpoint: 'delete' } },
    cells: [1, 1, 1, 1, 1],
  },
  {
    row: 7,
    name: 'a journal without events',
    plan: idle,
    program: { harms: [{ do: 'delete', set: 'all', at: 0 }] },
    cells: [0, 0, 0, 0, 0],
  },
  { row: 8, name: 'a trimmed journal', plan: trimmed, cells: [0, 0, 0, 0, 0] },
  {
    row: 9,
    name: 'a journal whose trimming is not covered',
    plan: killed,
    program: {
      harms: [{ do: 'delete', set: 'prefix', at: 0 }],
      covers: { checksums: 'recompute', trimmed: 'claim-last', segments: 'join' },
    },
    cells: [0, 4, 4, 4, 4],
  },
  {
    row: 10,
    name: 'a trimmed journal without its tiles',
    plan: trimmed,
    program: { covers: { leaves: 'delete', upperTiles: 'delete' } },
    cells: [0, 4, 4, 4, 4],
  },
  {
    row: 11,
    name: 'a closed journal without its tiles',
    plan: closed,
    program: { covers: { leaves: 'delete', upperTiles: 'delete' } },
    cells: [0, 0, 0, 0, 0],
  },
  { row: 12, name: 'a copy from its beginning', plan: closed, program: { copy: 'all' }, cells: [0, 0, 0, 0, 0] },
  { row: 12, name: 'a copy in parts, the newest first', plan: closed, program: { copy: 'parts' }, cells: [0, 0, 0, 0, 0] },
  { row: 13, name: 'a copy that begins late', plan: closed, program: { copy: 'late' }, cells: [0, 4, 4, 4, 4] },
  {
    row: 13,
    name: 'parts that begin in the middle of a log',
    plan: closed,
    program: { copy: 'late-parts' },
    cells: [0, 4, 4, 4, 4],
  },
  { row: 14, name: 'a journal that is older than the anchor', plan: closed, isOlder: true, cells: [0, 0, 1, 1, 1] },
  {
    row: 15,
    name: 'a copy that is older than the anchor',
    plan: closed,
    program: { copy: 'all' },
    isOlder: true,
    cells: [0, 0, 4, 4, 4],
  },
  { row: 16, name: 'a copy of a killed service', plan: killed, program: { copy: 'all' }, cells: [0, 0, 4, 0, 4] },
  {
    row: 17,
    name: 'a copy of a service that was killed before its first seal',
    plan: early,
    program: { copy: 'all' },
    cells: [0, 4, 4, 4, 4],
  },
  {
    row: 18,
    name: 'a log that another process adopted',
    plan: adopted,
    program: { services: ['close'] },
    cells: [0, 0, 0, 0, 0],
  },
  {
    row: 19,
    name: 'a tail that a signer without a tag key took over',
    plan: killed,
    program: { services: ['remote-signer'] },
    cells: [0, 4, 4, 4, 4],
  },
  {
    row: 20,
    name: 'a filtered copy with tiles',
    plan: closed,
    program: { copy: 'filtered', given: { keys: 'none', anchor: 'none', tiles: true, accept: 'default' } },
    cells: [0, 0, 0, 0, 0],
  },
  { row: 21, name: 'a filtered copy without tiles', plan: closed, program: { copy: 'filtered' }, cells: [1, 1, 1, 1, 1] },
  { row: 23, name: 'a key that was not given', plan: closed, program: { services: ['exchange-key'] }, cells: [0, 4, '–', 4, 4] },
  { row: 24, name: 'an unsigned journal', plan: unsigned, cells: [0, 1, 0, 1, 1] },
  { row: 25, name: 'an anchor that knows other logs', plan: closed, anchor: 'with-others', cells: ['–', '–', 0, 0, 4] },
  {
    row: 26,
    name: 'a damaged log',
    plan: closed,
    program: { covers: { extra: 'lost-line-end' } },
    cells: [1, 1, 1, 1, 1],
  },
  { row: 27, name: 'a journal with a torn line at its end', plan: torn, cells: [0, 0, 4, 0, 4] },
  {
    row: 27,
    name: 'a whole line that is not an event of its log',
    plan: closed,
    program: { harms: [{ do: 'insert', at: 'end', count: 1, of: 'none' }], covers: { checksums: 'recompute' } },
    cells: [1, 1, 1, 1, 1],
  },
]

const columns: readonly (readonly [name: string, given: Omit<Given, 'tiles'>])[] = [
  ['nothing', { keys: 'none', anchor: 'none', accept: 'default' }],
  ['the key', { keys: 'service', anchor: 'none', accept: 'default' }],
  ['an anchor', { keys: 'none', anchor: 'newest', accept: 'default' }],
  ['key and anchor', { keys: 'service', anchor: 'newest', accept: 'default' }],
  ['key and anchor, strict', { keys: 'service', anchor: 'newest', accept: 'strict' }],
]

export const stateCount: number = states.length

/** Checks every cell of the table that a trail can be made for. */
export async function judgeStates(world: World): Promise<readonly Violation[]> {
  const violations: Violation[] = []
  const made = new Map<BasePlan, Base>()
  for (const { row, name, plan, program = {}, isOlder, anchor, accept, cells } of states) {
    const base = made.get(plan) ?? (await makeBase(plan, join(world.scratch, '..', `state-${plan.name}`), 0))
    made.set(plan, base)
    const bases = [isOlder ? { ...base, directory: base.older[0]! } : base, ...world.bases]
    const outcome = await runProgram(honestProgram(program), { ...world, bases })
    for (const { oracle, what } of await judge(outcome)) violations.push({ oracle, what: `row ${row}, ${name}: ${what}` })
    for (const [index, [column, given]] of columns.entries()) {
      const cell = cells[index]!
      if (cell === '–') continue
      const verification = await outcome.verifyWith({
        ...given,
        tiles: program.given?.tiles ?? false,
        ...(anchor && given.anchor !== 'none' && { anchor }),
        ...(accept && { accept }),
      })
      if (verification.exitCode !== cell)
        violations.push({
          oracle: 'honest trails get their verdict',
          what: `row ${row}, ${name}, given ${column}: exit code ${verification.exitCode} instead of ${cell} (${saysOf(verification)})`,
        })
    }
  }
  return violations
}

/** Any trail of services without tampering: never wrong, with any evidence, except in the cases that the table calls wrong. */
export async function judgeHonestTrail(random: Random, index: number, world: World): Promise<readonly Violation[]> {
  const plan = randomPlan(random, index)
  const ids = between(random, 0, 1_000_000)
  const folder = join(world.scratch, '..', `honest-${index}`)
  const base = await makeBase(plan, folder, ids)
  const program = honestProgram({
    services: Array.from({ length: between(random, 0, 3) }, () => honestSteps[between(random, 0, honestSteps.length)]!),
    copy: honestCopies[between(random, 0, honestCopies.length)]!,
    given: {
      keys: 'both',
      anchor: random() < 0.5 ? 'newest' : 'none',
      tiles: true,
      accept: random() < 0.3 ? 'strict' : 'default',
    },
    ids,
  })
  const outcome = await runProgram(program, { ...world, bases: [base, ...world.bases] })
  rmSync(folder, { recursive: true })
  const violations = [...(await judge(outcome))]
  if (outcome.verification.exitCode !== 0 && outcome.verification.exitCode !== 4)
    violations.push({
      oracle: 'honest trails get their verdict',
      what: `${JSON.stringify(plan)} ${JSON.stringify(program)}: exit code ${outcome.verification.exitCode} (${saysOf(outcome.verification)})`,
    })
  return violations
}

/** A letter or a rolled-back clock is honest too; a sink that was replaced is not asked for what it had. */
const honestSteps = serviceSteps.filter((step) => step !== 'replay-letters' && step !== 'unsealed')
/** A file with other line ends is not what a sink wrote. */
const honestCopies = copyKinds.filter((kind) => kind !== 'one-log' && kind !== 'marked')

function honestProgram(program: Partial<Program>): Program {
  return {
    base: 0,
    log: 0,
    harms: [],
    covers: {},
    services: [],
    copy: 'none',
    given: { keys: 'service', anchor: 'none', tiles: false, accept: 'default' },
    ids: 0,
    ...program,
  }
}

function randomPlan(random: Random, index: number): BasePlan {
  const ends: readonly LifeEnd[] = ['closed', 'killed', 'torn']
  const lives = Array.from({ length: between(random, 1, 4) }, () => ends[between(random, 0, 3)]!)
  const isTrimmed = lives.length > 1 && random() < 0.2
  return {
    name: `honest ${index}`,
    logs: isTrimmed ? 1 : ([1, 1, 2] as const)[between(random, 0, 3)]!,
    lives,
    events: [20, 60, 300][between(random, 0, 3)]!,
    isTrimmed,
  }
}

function saysOf(verification: Verification): string {
  if (!verification.report) return verification.problem
  const { sources } = verification.report
  const [finding] = findingsOf(verification.report)
  const doubt = sources.flatMap(({ doubts }) => doubts).find(({ isAccepted }) => !isAccepted)
  return finding ? `${finding.cause}: ${finding.message}` : doubt ? `${doubt.reason}: ${doubt.message}` : 'nothing'
}
