import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CommandLine } from './command-line.ts'
import type { Row } from './row.ts'
import { conclude, progress, type Finding } from './verdict.ts'

/**
 * Runs a harness in an empty directory and reports. Removes the directory, unless a promise was broken and no safety step was
 * left out.
 */
export async function runHarness(
  row: Row,
  { seed, control }: Pick<CommandLine<never>, 'seed' | 'control'>,
  harness: (root: string) => Promise<Pick<Finding, 'observed' | 'violations'>>,
): Promise<void> {
  const started = performance.now()
  const root = mkdtempSync(join(tmpdir(), `audit-${row.row.toLowerCase()}-`))
  const found = await harness(root)
  conclude({ row, ...found, seed, started, control })
  if (found.violations.length === 0 || control !== undefined) rmSync(root, { recursive: true, force: true })
  else progress(`${row.row}: what it left is in ${root}`)
}
