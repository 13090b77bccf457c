import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { defaultWorkers } from './in-workers.ts'
import { inLanes } from './lanes.ts'
import { machine } from './machine.ts'
import { QUICK_PACE } from './pace.ts'
import type { Control, Row } from './row.ts'
import { currentCommit } from './verdict.ts'

/** Seeds that a control may try before it counts as not failing. */
const CONTROL_SEEDS = 5

/** The findings that a program reports. */
interface Verdict {
  readonly observed: string
  readonly passed: boolean
  readonly ms: number
  readonly violations?: readonly string[]
}

export interface RowResult extends Verdict {
  readonly row: string
  readonly seed: number
  readonly commit: string
  readonly command: string
  /** The day. */
  readonly date: string
  readonly machine: string
  readonly controls: readonly ControlResult[]
}

export interface ControlResult {
  readonly name: string
  /** True if the harness failed without this safety step, for the right reason. */
  readonly isNoticed: boolean
  readonly observed: string
  readonly seedsTried: number
}

export interface RunOptions {
  readonly isQuick: boolean
  readonly seed: number
  readonly say: (text: string) => void
}

/** Tries a row and then each of its controls. Never rejects because of what they find. */
export async function runRow(row: Row, { isQuick, seed, say }: RunOptions): Promise<RowResult> {
  const args = [...(isQuick ? row.quick : row.full), ...(row.hasSeed === false ? [] : ['--seed', String(seed)])]
  const environment = { AUDIT_PACE: String(isQuick ? QUICK_PACE : 1) }
  const verdict = await runProgram(row.program, args, environment)
  const tryControl = async (control: Control): Promise<ControlResult> => {
    const result = await runControl(row, control, { seed, environment })
    const how = result.isNoticed ? 'fails, as it must' : `DOES NOT FAIL as it must: ${result.observed}`
    say(`  without its safety step (${control.name}) it ${how} (seeds tried: ${result.seedsTried})`)
    return result
  }
  const chosen = row.controls.filter(({ isFullOnly }) => !isQuick || !isFullOnly)
  // A control also fails when others run at the same time. In the full tier, rows that measure times run one at a time.
  const width = isQuick ? chosen.length : row.isTimed === false ? defaultWorkers : 1
  const controls: ControlResult[] = []
  await inLanes(chosen, width, async (control, index) => void (controls[index] = await tryControl(control)))
  return {
    ...verdict,
    row: row.row,
    seed,
    commit: currentCommit(),
    command: `node faults/${row.program} ${args.join(' ')}`,
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    controls,
  }
}

/** Tries seed after seed until the harness fails as it must, because a random fault may miss the gap. */
async function runControl(
  { program }: Row,
  { name, args, breaks }: Control,
  { seed, environment }: { readonly seed: number; readonly environment: NodeJS.ProcessEnv },
): Promise<ControlResult> {
  let result: ControlResult | undefined
  for (let seedsTried = 1; seedsTried <= CONTROL_SEEDS && !result?.isNoticed; seedsTried++) {
    const given = [...args, '--seed', String(seed + seedsTried - 1), '--control', name]
    const { passed, observed, violations = [] } = await runProgram(program, given, environment)
    const sign = [...violations, observed].find((text) => text.includes(breaks))
    result = { name, isNoticed: !passed && sign !== undefined, observed: sign ?? violations[0] ?? observed, seedsTried }
  }
  return result!
}

/** A program that ends without a result has failed. */
async function runProgram(program: string, args: readonly string[], environment: NodeJS.ProcessEnv): Promise<Verdict> {
  const started = performance.now()
  const path = fileURLToPath(new URL(`../${program}`, import.meta.url))
  const env = { ...process.env, ...environment }
  const child = spawn(process.execPath, [path, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const ms = Math.round(performance.now() - started)
  const said = parse(output)
  if (!said) return { observed: `no verdict, and exit code ${code}`, passed: false, ms }
  const { observed, violations } = said
  return { observed, passed: code === 0 && said.passed !== false, ms, ...(violations && { violations }) }
}

function parse(output: string): Verdict | undefined {
  try {
    return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as Verdict
  } catch {
    return undefined
  }
}
