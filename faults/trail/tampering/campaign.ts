import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'
import { seededRandom, type Random } from '../../../packages/core/src/testing/adapter/seeded-random.ts'
import type { FaultRun } from '../../harness/fault-row.ts'
import { defaultWorkers, inWorkers } from '../../harness/in-workers.ts'
import { tamperingControls } from './controls.ts'
import { Attacker } from './attacker.ts'
import { basePlans, makeBase, type Base } from './bases.ts'
import { judgeHonestTrail, judgeStates, stateCount } from './honest-trails.ts'
import { knownAttacks, runAttack } from './known-attacks.ts'
import { judge } from './judge.ts'
import type { OracleName, Violation } from './oracles.ts'
import { describeProgram, type Program } from './program.ts'
import { quadrupledPrograms, randomProgram, tripledPrograms } from './programs.ts'
import { shrink } from './shrink.ts'
import { runProgram, type Outcome, type World } from './trial.ts'
import { Watchdog } from './watchdog.ts'

interface Size {
  /** Rows of the covering array. */
  readonly tripled: number
  readonly quadrupled: number
  readonly random: number
  readonly attacker: number
  readonly honest: number
}

const sizes: Readonly<Record<'full' | 'quick' | 'control', Size>> = {
  full: { tripled: Infinity, quadrupled: Infinity, random: 10_000, attacker: 5_000, honest: 1_000 },
  quick: { tripled: 100, quadrupled: 60, random: 40, attacker: 40, honest: 12 },
  control: { tripled: 120, quadrupled: 40, random: 0, attacker: 0, honest: 0 },
}

function sizeOf({ control, isQuick, share }: LaneRun): Size {
  if (control !== undefined) return sizes.control
  if (isQuick) return sizes.quick
  const { random, attacker, honest, ...all } = sizes.full
  const part = (count: number) => Math.ceil(count * share)
  return { ...all, random: part(random), attacker: part(attacker), honest: part(honest) }
}

/** Limits on shrinking, so that the gate ends in time: the number of violations, and of programs tried for each. */
const MOST_SHRUNK = { full: 5, quick: 2 }
const MOST_TRIED = { full: 200, quick: 40 }

/** Thousands of small journals are made and thrown away: in memory, where there is such a place. */
const MEMORY = '/dev/shm'

/** One of several processes that share the programs. Each takes every n-th, so the number of processes changes no program. */
export interface Lane {
  readonly index: number
  readonly count: number
}

/** The work of a process, and the promises that were broken. */
export interface LaneResult {
  readonly done: Readonly<Record<PartName, number>>
  readonly tried: number
  readonly forged: number
  readonly violations: readonly string[]
}

/** The settings of a run that another process needs. */
export type LaneSettings = Pick<FaultRun, 'seed' | 'only' | 'share'>
type LaneRun = LaneSettings & Pick<FaultRun, 'isQuick' | 'control' | 'directory' | 'progress'>

const parts = {
  known: () => 'known attacks',
  states: () => 'honest states, each with 5 kinds of verifier',
  tripled: () => `of ${tripledPrograms().length} rows of the 3-wise covering array`,
  quadrupled: () => `of ${quadrupledPrograms().length} of the 4-wise product`,
  random: () => 'random programs',
  attacker: () => 'tries of an attacker who is shown what the verifier says',
  honest: () => 'random honest trails',
} as const
type PartName = keyof typeof parts
const partNames = Object.keys(parts) as readonly PartName[]

const LANE_PROGRAM = fileURLToPath(new URL('lane-process.ts', import.meta.url))

export async function campaign(run: FaultRun): Promise<string> {
  const lanes = run.isQuick || run.control !== undefined ? [await runLane(run, { index: 0, count: 1 })] : await inProcesses(run)
  for (const { violations } of lanes) for (const violation of violations) run.expect(false, violation)
  const sum = (of: (lane: LaneResult) => number) => lanes.reduce((total, lane) => total + of(lane), 0)
  const seen = partNames.flatMap((name) => {
    const done = sum((lane) => lane.done[name])
    return done > 0 ? [`${done} ${parts[name]()}`] : []
  })
  const shown = `${seen.join('; ')}: ${sum(({ tried }) => tried)} programs, ${sum(({ forged }) => forged)} forged events shown`
  return lanes.some(({ violations }) => violations.length > 0)
    ? shown
    : `${shown}, 0 of them proven, signed or delivered as genuine`
}

function inProcesses({ seed, only, share }: FaultRun): Promise<readonly LaneResult[]> {
  const settings: LaneSettings = { seed, only, share }
  const lanes = Array.from({ length: defaultWorkers }, (_, index): Lane => ({ index, count: defaultWorkers }))
  return inWorkers<LaneResult>(
    LANE_PROGRAM,
    lanes.map((lane) => [JSON.stringify(settings), JSON.stringify(lane)]),
  )
}

/** Never rejects because of a broken promise: it is in the result. */
export async function runLane(run: LaneRun, lane: Lane): Promise<LaneResult> {
  const folder = existsSync(MEMORY) ? mkdtempSync(join(MEMORY, 'audit-f20-')) : join(run.directory, `lane-${lane.index}`)
  try {
    const bases: Base[] = []
    for (const [index, plan] of basePlans.entries()) bases.push(await makeBase(plan, join(folder, `base-${index}`), run.seed))
    const watchdog = new Watchdog()
    const campaign = new Campaign(run, { world: { bases, scratch: join(folder, 'scratch') }, lane, watchdog })
    return await campaign.run().finally(() => watchdog.close())
  } finally {
    rmSync(folder, { recursive: true, force: true })
    // Killed services are still open in this process; they would warn about that when it ends.
    process.removeAllListeners('exit')
  }
}

/** An attacker begins anew after as many tries, so that a number names each. */
const TRIES = 250

class Campaign {
  readonly #run: LaneRun
  readonly #world: World
  readonly #lane: Lane
  readonly #watchdog: Watchdog
  readonly #size: Size
  readonly #shrunk = new Set<OracleName>()
  readonly #violations: string[] = []
  readonly #done: Record<PartName, number> = {
    known: 0,
    states: 0,
    tripled: 0,
    quadrupled: 0,
    random: 0,
    attacker: 0,
    honest: 0,
  }
  #tried = 0
  #forged = 0
  /** The violation that the oracles must report without the removed check. */
  readonly #breaks: string | undefined
  #isNoticed = false

  constructor(
    run: LaneRun,
    { world, lane, watchdog }: { readonly world: World; readonly lane: Lane; readonly watchdog: Watchdog },
  ) {
    this.#run = run
    this.#world = world
    this.#lane = lane
    this.#watchdog = watchdog
    this.#breaks = tamperingControls.find(({ name }) => name === run.control)?.breaks
    this.#size = sizeOf(run)
  }

  async run(): Promise<LaneResult> {
    const { only } = this.#run
    const work: Readonly<Record<PartName, () => Promise<void>>> = {
      known: () => this.#known(),
      states: () => this.#states(),
      tripled: () => this.#programs('tripled', spread(tripledPrograms(), this.#size.tripled)),
      quadrupled: () => this.#programs('quadrupled', spread(quadrupledPrograms(), this.#size.quadrupled)),
      random: () => this.#programs('random', randomPrograms(this.#run.seed, this.#size.random)),
      attacker: () => this.#attacker(),
      honest: () => this.#honest(),
    }
    for (const name of partNames) {
      if (only !== undefined && only !== name) continue
      if (this.#isNoticed) break
      await work[name]()
      if (this.#done[name] > 0) this.#progress(name)
    }
    return { done: this.#done, tried: this.#tried, forged: this.#forged, violations: this.#violations }
  }

  /** Those of a number of tasks that this process does. */
  #mine(count: number): readonly number[] {
    return Array.from({ length: count }, (_, index) => index).filter((index) => index % this.#lane.count === this.#lane.index)
  }

  #progress(name: PartName): void {
    const { index, count } = this.#lane
    this.#run.progress(`${count > 1 ? `process ${index + 1}: ` : ''}${this.#done[name]} ${parts[name]()}`)
  }

  async #known(): Promise<void> {
    for (const index of this.#mine(knownAttacks.length)) {
      const attack = knownAttacks[index]!
      if (this.#isNoticed) break
      this.#done.known++
      await this.#guarded(attack.program, async () => {
        const { outcome, violations } = await runAttack(attack, this.#world)
        for (const { oracle, what } of [...violations, ...(await this.#judged(outcome))])
          this.#break(`${attack.name}: ${oracle}: ${what}`)
      })
    }
  }

  async #states(): Promise<void> {
    if (this.#lane.index > 0) return
    for (const { oracle, what } of await judgeStates(this.#world)) this.#break(`${oracle}: ${what}`)
    this.#done.states = stateCount
  }

  async #programs(name: PartName, programs: readonly Program[]): Promise<void> {
    for (const index of this.#mine(programs.length)) {
      await this.#try(programs[index]!)
      if (++this.#done[name] % 500 === 0) this.#progress(name)
    }
  }

  async #attacker(): Promise<void> {
    const { attacker: most } = this.#size
    for (const round of this.#mine(Math.ceil(most / TRIES))) {
      const attacker = new Attacker(randomOf('attacker', this.#run.seed, round))
      for (let tries = 0; tries < TRIES && round * TRIES + tries < most; tries++) {
        const outcome = await this.#try(attacker.next())
        if (outcome) attacker.report(outcome)
        this.#done.attacker++
      }
      this.#progress('attacker')
    }
  }

  async #honest(): Promise<void> {
    for (const index of this.#mine(this.#size.honest)) {
      this.#watchdog.begins(`honest trail ${index}`)
      const random = randomOf('honest', this.#run.seed, index)
      const violations = await judgeHonestTrail(random, index, this.#world).catch((error: unknown) => [endless(error)])
      for (const { oracle, what } of violations) this.#break(`${oracle}: ${what}`)
      if (++this.#done.honest % 100 === 0) this.#progress('honest')
    }
  }

  async #try(program: Program): Promise<Outcome | undefined> {
    if (this.#isNoticed) return undefined
    return this.#guarded(program, async () => {
      const outcome = await runProgram(program, this.#world)
      for (const violation of await this.#judged(outcome)) await this.#report(program, violation)
      return outcome
    })
  }

  async #guarded<T>(program: Program, task: () => Promise<T>): Promise<T | undefined> {
    this.#watchdog.begins(describeProgram(program))
    try {
      return await task()
    } catch (error) {
      await this.#report(program, endless(error))
      return undefined
    }
  }

  #judged(outcome: Outcome): Promise<readonly Violation[]> {
    this.#tried++
    this.#forged += outcome.events.filter(
      ({ source, sequence, text }) => !outcome.ledger.isOriginal(source, sequence, text),
    ).length
    return judge(outcome)
  }

  async #report(program: Program, { oracle, what }: Violation): Promise<void> {
    const tier = this.#run.isQuick ? 'quick' : 'full'
    const isNew = !this.#shrunk.has(oracle) && this.#shrunk.size < MOST_SHRUNK[tier] && this.#run.control === undefined
    this.#shrunk.add(oracle)
    const smallest = isNew ? await shrink(program, oracle, (each) => this.#brokenBy(each), MOST_TRIED[tier]) : program
    this.#break(`${oracle}: ${what}: ${describeProgram(smallest)}`)
  }

  async #brokenBy(program: Program): Promise<readonly OracleName[]> {
    this.#watchdog.begins(describeProgram(program))
    try {
      return (await judge(await runProgram(program, this.#world))).map(({ oracle }) => oracle)
    } catch (error) {
      return [endless(error).oracle]
    }
  }

  #break(what: string): void {
    this.#isNoticed ||= this.#breaks !== undefined && what.includes(this.#breaks)
    this.#violations.push(what)
  }
}

function endless(error: unknown): Violation {
  return { oracle: 'it ends', what: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}

function randomPrograms(seed: number, count: number): readonly Program[] {
  return Array.from({ length: count }, (_, index) => randomProgram(randomOf('random', seed, index)))
}

/** Each task has its own seed, whichever process does it. */
function randomOf(part: PartName, seed: number, index: number): Random {
  return seededRandom(crc32(`${part} ${seed} ${index}`))
}

/** Picks at most `most` items, spread evenly over the whole list. */
function spread<T>(all: readonly T[], most: number): readonly T[] {
  if (most >= all.length) return all
  return Array.from({ length: most }, (_, index) => all[Math.floor((index * all.length) / most)]!)
}
