import { fork, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Round } from './assess.ts'
import type { Group, JournalKind, LeftOut, Results } from './benchmark.ts'

export interface RunOptions {
  readonly rounds: number
  readonly scale: number
  readonly journal: JournalKind
  readonly scratch: string
  readonly onCase: (round: number, name: string, results: Results | LeftOut) => void
}

const CHILD = fileURLToPath(new URL('run-case.ts', import.meta.url))

/** Measures every case once per round, in another order each time, so that no case always follows the same one. */
export async function runGroup(group: Group, options: RunOptions): Promise<readonly Round[]> {
  const rounds: Round[] = []
  for (let round = 0; round < options.rounds; round++) {
    const results: Record<string, Results | LeftOut> = {}
    const first = round % group.cases.length
    for (const { name } of [...group.cases.slice(first), ...group.cases.slice(0, first)]) {
      results[name] = await runCase(group.name, name, options)
      options.onCase(round, name, results[name])
    }
    rounds.push(results)
  }
  return rounds
}

async function runCase(group: string, name: string, options: RunOptions): Promise<Results | LeftOut> {
  const directory = join(options.scratch, group)
  mkdirSync(directory, { recursive: true })
  try {
    return await resultsOf(group, name, directory, options)
  } finally {
    rmSync(directory, { recursive: true, force: true })
    // Unwritten data of this case must not slow the next one down.
    if (process.platform === 'linux') spawnSync('sync')
  }
}

function resultsOf(group: string, name: string, directory: string, options: RunOptions): Promise<Results | LeftOut> {
  const child = fork(CHILD, [group, name, directory, String(options.scale), options.journal])
  return new Promise((resolve, reject) => {
    let results: Results | LeftOut | undefined
    child.on('message', (message) => (results = message as Results | LeftOut))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (results && code === 0) resolve(results)
      else reject(new Error(`The case '${name}' of ${group} ended with ${signal ?? `code ${code}`} and no result.`))
    })
  })
}
