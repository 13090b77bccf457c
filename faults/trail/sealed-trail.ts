import { fork, type ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('sealing-service.ts', import.meta.url))

/** Settings of a sealing service. */
export interface SealingPlan {
  readonly directory: string
  readonly anchor?: string
  /** A file that gets a copy of everything. */
  readonly copy?: string
  /** Left out: unsigned. */
  readonly key?: string
  readonly everyMs: number
  readonly perSecond: number
  readonly segmentBytes: number
}

/** One life of a service. `killed` ends it with SIGKILL at any moment. */
export async function live(plan: SealingPlan, lifeMs: number, end: 'closed' | 'killed'): Promise<void> {
  const child = fork(PROGRAM, [JSON.stringify(plan)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve))
  await ready(child)
  await sleep(lifeMs)
  if (end === 'killed') child.kill('SIGKILL')
  else child.send('close')
  const code = await gone
  if (end === 'closed' && code !== 0) throw new Error(`A sealing service ended with ${code}.`)
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('exit', (code) => reject(new Error(`A sealing service did not start: ${code}.`)))
  })
}

/** The directories of the logs in a journal. */
export function logsOf(root: string): readonly string[] {
  return readdirSync(root)
    .filter((name) => name.startsWith('sealed-'))
    .toSorted()
    .map((name) => join(root, name))
}

/** Number of events that a log's checkpoint covers. Undefined without a checkpoint. */
export function sealedSize(log: string): number | undefined {
  try {
    return Number(readFileSync(join(log, 'checkpoint'), 'utf8').split('\n')[1])
  } catch {
    return undefined
  }
}
