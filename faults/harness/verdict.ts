import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Row } from './row.ts'

/** `faults/`: every harness is below it. */
const FOLDER = join(import.meta.dirname, '..')
const MAX_VIOLATIONS = 40

/** Findings of a harness. */
export interface Finding {
  readonly row: Row
  /** The text of the table, with the figures. */
  readonly observed: string
  readonly violations: readonly string[]
  readonly seed: number
  /** `performance.now()` at its beginning. */
  readonly started: number
  /** The safety step that was left out. */
  readonly control?: string | undefined
}

/** Prints one line of JSON on stdout; the process will end with 1 if a promise was not kept. */
export function conclude({ row, observed, violations, seed, started, control }: Finding): void {
  const passed = violations.length === 0
  const verdict = {
    row: row.row,
    goal: row.goal,
    observed: passed ? observed : `${observed}; ${violations.length} violations`,
    passed,
    seed,
    ms: Math.round(performance.now() - started),
    commit: currentCommit(),
    ...(control !== undefined && control !== 'file' && { control }),
    ...(!passed && { violations: violations.slice(0, MAX_VIOLATIONS) }),
  }
  process.stdout.write(`${JSON.stringify(verdict)}\n`)
  process.exitCode = passed ? 0 : 1
}

/** The commit that was tested, with a `+` if the packages or the harnesses differ from it. */
export function currentCommit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: FOLDER, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    return (
      git('rev-parse', '--short', 'HEAD').trim() +
      (git('status', '--porcelain', '--', '../packages', '*.ts', '*.c').trim() === '' ? '' : '+')
    )
  } catch {
    return 'unknown'
  }
}

/** Prints the progress of a harness. */
export function progress(text: string): void {
  process.stderr.write(`${text}\n`)
}
