import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { FaultRun } from '../fault-row.ts'
import { tamperingControls } from './controls.ts'
import { Attacker } from './attacker.ts'
import { basePlans, makeBase, type Base } from './bases.ts'
import { judgeHonestTrail, judgeStates, stateCount } from './honest-trails.ts'
import { knownAttacks, runAttack } from './known-attacks.ts'
import { judge, type OracleName, type Violation } from './oracles.ts'
import { describeProgram, type Program } from './program.ts'
import { quadrupledPrograms, randomProgram, tripledPrograms } from './programs.ts'
import { shrink } from './shrink.ts'
import { runProgram, type Outcome, type World } from './trial.ts'

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

function sizeOf({ control, isQuick, share }: FaultRun): Size {
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

export async function campaign(run: FaultRun): Promise<string> {
  const folder = existsSync(MEMORY) ? mkdtempSync(join(MEMORY, 'audit-f20-')) : run.directory
  try {
    const bases: Base[] = []
    for (const [index, plan] of basePlans.entries()) bases.push(await makeBase(plan, join(folder, `base-${index}`), run.seed))
    return await new Campaign(run, { bases, scratch: join(folder, 'scratch') }).run()
  } finally {
    rmSync(folder, { recursive: true, force: true })
    // Killed services are still open in this process; they would warn about that when it ends.
    process.removeAllListeners('exit')
  }
}

class Campaign {
  readonly #run: FaultRun
  readonly #world: World
  readonly #size: Size
  readonly #shrunk = new Set<OracleName>()
  #tried = 0
  #forged = 0
  /** The violation that the oracles must report without the removed check. */
  readonly #breaks: string | undefined
  #isNoticed = false

  constructor(run: FaultRun, world: World) {
    this.#run = run
    this.#world = world
    this.#breaks = tamperingControls.find(({ name }) => name === run.control)?.breaks
    this.#size = sizeOf(run)
  }

  async run(): Promise<string> {
    const { only } = this.#run
    const parts: readonly (readonly [string, () => Promise<string>])[] = [
      ['known', () => this.#known()],
      ['states', () => this.#states()],
      ['tripled', () => this.#programs('rows of the 3-wise covering array', tripledPrograms, this.#size.tripled)],
      ['quadrupled', () => this.#programs('of the 4-wise product', quadrupledPrograms, this.#size.quadrupled)],
      ['random', () => this.#random()],
      ['attacker', () => this.#attacker()],
      ['honest', () => this.#honest()],
    ]
    const seen: string[] = []
    for (const [name, part] of parts) {
      if (only !== undefined && only !== name) continue
      if (this.#isNoticed) break
      const said = await part()
      if (said === '') continue
      seen.push(said)
      this.#run.progress(said)
    }
    return `${seen.join('; ')}: ${this.#tried} programs, ${this.#forged} forged events shown, 0 of them proven, signed or delivered as genuine`
  }

  async #known(): Promise<string> {
    for (const attack of knownAttacks) {
      if (this.#isNoticed) break
      await this.#guarded(attack.program, async () => {
        const { outcome, violations } = await runAttack(attack, this.#world)
        for (const { oracle, what } of [...violations, ...(await this.#judged(outcome))])
          this.#break(`${attack.name}: ${oracle}: ${what}`)
      })
    }
    return `${knownAttacks.length} known attacks`
  }

  async #states(): Promise<string> {
    for (const { oracle, what } of await judgeStates(this.#world)) this.#break(`${oracle}: ${what}`)
    return `${stateCount} honest states, each with 5 kinds of verifier`
  }

  async #programs(name: string, make: () => readonly Program[], most: number): Promise<string> {
    const programs = make()
    const chosen = spread(programs, most)
    for (const program of chosen) await this.#try(program)
    return `${chosen.length} of ${programs.length} ${name}`
  }

  async #random(): Promise<string> {
    for (let count = 0; count < this.#size.random; count++) {
      await this.#try(randomProgram(this.#run.random))
      if (count % 500 === 499) this.#run.progress(`${count + 1} random programs`)
    }
    return this.#size.random === 0 ? '' : `${this.#size.random} random programs`
  }

  async #attacker(): Promise<string> {
    const attacker = new Attacker(this.#run.random)
    for (let count = 0; count < this.#size.attacker; count++) {
      const outcome = await this.#try(attacker.next())
      if (outcome) attacker.report(outcome)
    }
    return this.#size.attacker === 0 ? '' : `${this.#size.attacker} tries of an attacker who is shown what the verifier says`
  }

  async #honest(): Promise<string> {
    for (let index = 0; index < this.#size.honest; index++) {
      const violations = await judgeHonestTrail(this.#run.random, index, this.#world).catch((error: unknown) => [endless(error)])
      for (const { oracle, what } of violations) this.#break(`${oracle}: ${what}`)
    }
    return this.#size.honest === 0 ? '' : `${this.#size.honest} random honest trails`
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
    try {
      return (await judge(await runProgram(program, this.#world))).map(({ oracle }) => oracle)
    } catch (error) {
      return [endless(error).oracle]
    }
  }

  #break(what: string): void {
    this.#isNoticed ||= this.#breaks !== undefined && what.includes(this.#breaks)
    this.#run.expect(false, what)
  }
}

function endless(error: unknown): Violation {
  return { oracle: 'it ends', what: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}

/** Picks at most `most` items, spread evenly over the whole list. */
function spread<T>(all: readonly T[], most: number): readonly T[] {
  if (most >= all.length) return all
  return Array.from({ length: most }, (_, index) => all[Math.floor((index * all.length) / most)]!)
}
