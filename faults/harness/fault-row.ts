import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { seededRandom } from '../../packages/core/src/testing/adapter/seeded-random.ts'
import type { Row } from './row.ts'
import { conclude, progress } from './verdict.ts'

/** A row of the fault matrix as a program. */
export interface FaultRow {
  readonly row: Row
  /** Parts that can be run alone: `--only <one>`. */
  readonly parts?: readonly string[]
  /** Causes the fault and resolves with the observed numbers. */
  readonly run: (run: FaultRun) => Promise<string>
}

/** Settings of a row's run, and the methods that take its observations. */
export interface FaultRun {
  readonly seed: number
  /** Seconds instead of minutes: fewer cycles of the same. */
  readonly isQuick: boolean
  readonly control: string | undefined
  /** The one part to run, if not all. */
  readonly only: string | undefined
  /** The part of the random cases of the full tier that is run: more than 0, at most 1. */
  readonly share: number
  /** Empty, and removed afterwards unless a promise was broken. */
  readonly directory: string
  /** From 0 to 1, the same for the same seed. */
  readonly random: () => number
  /** Prints progress. */
  readonly progress: (text: string) => void
  /** Reports a broken promise, unless `holds`. */
  readonly expect: (holds: boolean, broken: string) => void
}

/** Runs it with the arguments of this program, prints one line of JSON, and leaves exit code 1 if a promise was broken. */
export async function runFaultRow({ row, parts = [], run }: FaultRow): Promise<void> {
  const { seed, isQuick, control, only, share } = readArguments(row, parts)
  const started = performance.now()
  const violations: string[] = []
  const directory = await mkdtemp(join(tmpdir(), `audit-${row.row.toLowerCase()}-`))
  const observed = await run({
    seed,
    isQuick,
    control,
    only,
    share,
    directory,
    random: seededRandom(seed),
    progress: (text) => progress(`${row.row} ${Math.round((performance.now() - started) / 1_000)} s: ${text}`),
    expect: (holds, broken) => void (holds || violations.push(broken)),
  }).catch((error: unknown) => {
    violations.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
    return 'it could not be run to its end'
  })
  conclude({ row, observed, violations, seed, started, control })
  if (violations.length === 0 || control !== undefined) await rm(directory, { recursive: true, force: true })
  else progress(`${row.row}: what it left is in ${directory}`)
  // A service that does not answer any more must not block the harness.
  process.exit()
}

/** Tries each case, or the one of `--only`, in a directory of its own. Resolves with what each observed. */
export async function tryCases(
  run: FaultRun,
  cases: Readonly<Record<string, (run: FaultRun, directory: string) => Promise<string>>>,
): Promise<string> {
  const observed: string[] = []
  for (const [name, attempt] of Object.entries(cases)) {
    if (run.only !== undefined && run.only !== name) continue
    observed.push(`${name}: ${await attempt(run, join(run.directory, name))}`)
    run.progress(observed.at(-1)!)
  }
  return observed.join('; ')
}

function readArguments(
  { row, controls }: Row,
  parts: readonly string[],
): Pick<FaultRun, 'seed' | 'isQuick' | 'control' | 'only' | 'share'> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      seed: { type: 'string', default: String(Math.ceil(Math.random() * 1e9)) },
      control: { type: 'string' },
      only: { type: 'string' },
      share: { type: 'string', default: '1' },
    },
  })
  const { control, only, quick } = values
  const seed = Number(values.seed)
  const share = Number(values.share)
  if (!(share > 0 && share <= 1)) throw new Error(`--share: '${values.share}' is not a number above 0, up to 1`)
  if (!Number.isSafeInteger(seed) || seed < 1) throw new Error(`--seed: '${values.seed}' is not a whole number above 0`)
  if (control !== undefined && !controls.some(({ name }) => name === control)) {
    throw new Error(`--control: ${row} has no '${control}'; it has ${controls.map(({ name }) => name).join(', ')}`)
  }
  if (only !== undefined && !parts.includes(only)) throw new Error(`--only: ${row} has no '${only}'; it has ${parts.join(', ')}`)
  return { seed, isQuick: quick, control, only, share }
}
