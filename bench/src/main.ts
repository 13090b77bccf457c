import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assess, isLeftOut } from './assess.ts'
import type { Group } from './benchmark.ts'
import { parseCommandLine, usage, UsageError, type Command } from './command-line.ts'
import { groups } from './groups.ts'
import { describeMachine } from './machine.ts'
import { quantity, renderTables } from './render-tables.ts'
import { runGroup } from './run-group.ts'
import { saveResults, saveTables } from './save-results.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Next to the sources, because the temporary directory may be in memory, where a sync costs nothing. */
const SCRATCH = join(ROOT, 'bench', '.scratch', String(process.pid))
const QUICK_SCALE = 0.05

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  let command: Command | 'help'
  try {
    command = parseCommandLine(
      args,
      groups.map(({ name }) => name),
    )
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\nSee npm run bench -- --help.\n`)
    return 2
  }
  if (command === 'help') {
    process.stdout.write(usage(groups))
    return 0
  }
  if (!build()) return 1
  mkdirSync(SCRATCH, { recursive: true })
  let code = 0
  for (const group of groups) {
    if (!command.groups.includes(group.name)) continue
    try {
      await bench(group, command)
    } catch (error) {
      // The case has printed the reason on stderr. The earlier results of the group stay.
      process.stderr.write(`${(error as Error).message}\n`)
      code = 1
    }
  }
  rmSync(SCRATCH, { recursive: true, force: true })
  return code
}

function build(): boolean {
  process.stderr.write('Building.\n')
  const turbo = ['--yes', 'pnpm@12', 'exec', 'turbo', 'run', 'build', '--filter=@audit/bench^...', '--output-logs=errors-only']
  const env = { ...process.env, DO_NOT_TRACK: '1', TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' }
  const { status, stdout, stderr } = spawnSync('npx', turbo, { cwd: ROOT, env, shell: process.platform === 'win32' })
  if (status !== 0) process.stderr.write(`${String(stdout)}${String(stderr)}`)
  return status === 0
}

async function bench(group: Group, command: Command): Promise<void> {
  process.stderr.write(`\n${group.name}: ${group.title}\n`)
  const rounds = await runGroup(group, {
    rounds: command.rounds,
    scale: command.quick ? QUICK_SCALE : 1,
    journal: command.journal,
    scratch: SCRATCH,
    onCase(round, name, results) {
      const told = isLeftOut(results)
        ? `LEFT OUT: ${results.leftOut}`
        : Object.entries(results)
            .map(([measure, value]) => quantity(value, group.measures[measure]!))
            .join(', ')
      process.stderr.write(`  ${round + 1}/${command.rounds}  ${name.padEnd(44)} ${told}\n`)
    },
  })
  const run = {
    group: group.name,
    date: new Date().toISOString(),
    machine: describeMachine(SCRATCH),
    rounds,
    ...assess(group, rounds),
  }
  const tables = renderTables(group, run)
  process.stdout.write(`\n${tables}\n`)
  if (command.quick || command.journal !== 'file') return
  saveResults(join(ROOT, 'bench', 'results'), run)
  saveTables(join(ROOT, 'docs', 'benchmarks.md'), group.name, tables)
}
