import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { machine } from './machine.ts'
import type { Control, Row } from './rows.ts'
import { currentCommit } from './verdict.ts'

/** What a program says on stdout at its end. */
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
  /** Without this safety step the harness failed, and for the right reason. */
  readonly isNoticed: boolean
  readonly observed: string
}

export interface RunOptions {
  readonly isQuick: boolean
  readonly seed: number
  readonly say: (text: string) => void
}

/** Tries a row and then each of its controls. Never rejects because of what they find. */
export async function runRow(row: Row, { isQuick, seed, say }: RunOptions): Promise<RowResult> {
  const args = [...(isQuick ? row.quick : row.full), ...(row.hasSeed === false ? [] : ['--seed', String(seed)])]
  let verdict = await runProgram(row.program, args)
  if (isQuick && isAboutTime(verdict)) {
    say(
      `  it does not hold: ${verdict.violations?.join('; ') ?? verdict.observed}. Nothing is lost; the machine may have been busy, so once more`,
    )
    verdict = await runProgram(row.program, args)
  }
  const tryControl = async (control: Control): Promise<ControlResult> => {
    let result = await runControl(row, control, seed)
    if (isQuick && !result.isNoticed) result = await runControl(row, control, seed)
    const how = result.isNoticed ? 'fails, as it must' : `DOES NOT FAIL as it must: ${result.observed}`
    say(`  without its safety step (${control.name}) it ${how}`)
    return result
  }
  const controls: ControlResult[] = []
  // They have to fail, and do so no less beside each other; what is measured is measured alone.
  if (isQuick) controls.push(...(await Promise.all(row.controls.map(tryControl))))
  else for (const control of row.controls) controls.push(await tryControl(control))
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

/** A goal in milliseconds or megabytes was missed, and no event. A gate that others share must not hang on a busy machine. */
function isAboutTime({ passed, violations = [] }: Verdict): boolean {
  return (
    !passed &&
    violations.length > 0 &&
    !violations.some((text) => /lost|missing|not there|not delivered|corrupt|order/.test(text))
  )
}

async function runControl({ program }: Row, { name, args, breaks }: Control, seed: number): Promise<ControlResult> {
  const { passed, observed, violations = [] } = await runProgram(program, [...args, '--seed', String(seed), '--control', name])
  const sign = [...violations, observed].find((text) => text.includes(breaks))
  return { name, isNoticed: !passed && sign !== undefined, observed: sign ?? violations[0] ?? observed }
}

/** A program that ends without a verdict has not passed. */
async function runProgram(program: string, args: readonly string[]): Promise<Verdict> {
  const started = performance.now()
  const path = fileURLToPath(new URL(program, import.meta.url))
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
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
