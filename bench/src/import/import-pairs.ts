import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Measurement } from '../benchmark.ts'
import { median } from '../statistics.ts'

const STARTS = 41
const BENCH = fileURLToPath(new URL('../..', import.meta.url))

/** In turn, so that what else the machine does hits both alike. */
export const importPairs: Measurement = async ({ scale }) => {
  const times = { '@audit/core': [] as number[], pino: [] as number[] }
  for (let start = 0; start < Math.max(5, STARTS * scale); start++) {
    const names = ['@audit/core', 'pino'] as const
    for (const name of start % 2 === 0 ? names : names.toReversed()) times[name].push(importOf(name))
  }
  const core = median(times['@audit/core'])
  const pino = median(times.pino)
  return { core, pino, ratio: core / pino }
}

/** Processor time of all threads of a new process while it imports a package, in milliseconds. */
function importOf(name: string): number {
  const program = `const before = process.cpuUsage()
await import('${name}')
const { user, system } = process.cpuUsage(before)
process.stdout.write(String((user + system) / 1000))`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: BENCH,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`'${name}' could not be imported:\n${stderr}`)
  return Number(stdout)
}
