import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

/** A row of the fault matrix as a program. */
export interface FaultRow {
  readonly row: string
  readonly goal: string
  /** Safety steps that can be taken out; without any of them the row must fail. */
  readonly controls: readonly string[]
  /** Parts that can be run alone: `--only <one>`. */
  readonly parts?: readonly string[]
  /** Does the deed and resolves with what was seen, in numbers. */
  readonly run: (run: FaultRun) => Promise<string>
}

/** What a row is run with, and where it says what it saw. */
export interface FaultRun {
  readonly seed: number
  /** Seconds instead of minutes: fewer cycles of the same. */
  readonly isQuick: boolean
  readonly control: string | undefined
  /** The one part to run, if not all. */
  readonly only: string | undefined
  /** Empty, and removed afterwards unless a promise was broken. */
  readonly directory: string
  /** From 0 to 1, the same for the same seed. */
  readonly random: () => number
  /** Tells whoever waits. */
  readonly progress: (text: string) => void
  /** A promise that was broken, unless `holds`. */
  readonly expect: (holds: boolean, broken: string) => void
}

const MAX_VIOLATIONS = 20

/** Runs it with the arguments of this program, prints one line of JSON, and leaves exit code 1 if a promise was broken. */
export async function runFaultRow(row: FaultRow): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      control: { type: 'string' },
      only: { type: 'string' },
    },
  })
  const { control, only } = values
  if (only !== undefined && !row.parts?.includes(only)) throw new Error(`${row.row} has no part '${only}'.`)
  if (control !== undefined && !row.controls.includes(control)) {
    throw new Error(`${row.row} has no control '${control}'; it has ${row.controls.join(', ') || 'none'}.`)
  }
  const seed = Number(values.seed)
  const started = performance.now()
  const violations: string[] = []
  const directory = await mkdtemp(join(tmpdir(), `audit-${row.row.toLowerCase()}-`))
  const observed = await row
    .run({
      seed,
      isQuick: values.quick,
      control,
      only,
      directory,
      random: randomOf(seed),
      progress: (text) => void process.stderr.write(`${row.row} ${Math.round((performance.now() - started) / 1_000)} s: ${text}\n`),
      expect: (holds, broken) => void (holds || violations.push(broken)),
    })
    .catch((error: unknown) => {
      violations.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
      return 'it could not be run to its end'
    })
  const passed = violations.length === 0
  const report = {
    row: row.row,
    goal: row.goal,
    observed,
    passed,
    seed,
    ms: Math.round(performance.now() - started),
    commit: commitOf(),
    ...(values.quick && { quick: true }),
    ...(control !== undefined && { control }),
    ...(only !== undefined && { only }),
    ...(!passed && { violations: violations.slice(0, MAX_VIOLATIONS), directory }),
  }
  process.stdout.write(`${JSON.stringify(report)}\n`)
  if (passed || control !== undefined) await rm(directory, { recursive: true, force: true })
  process.exitCode = passed ? 0 : 1
}

function commitOf(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
