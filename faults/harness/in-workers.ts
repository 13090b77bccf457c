import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** Default number of processes for a search. `AUDIT_WORKERS` sets another one, for a machine that does other work too. */
export const defaultWorkers: number = Number(process.env['AUDIT_WORKERS']) || Math.min(4, availableParallelism())

/**
 * Runs a program once for each share of its work, all at once, and resolves with their results. Rejects if one ends without a result,
 * after it has ended the others.
 */
export async function inWorkers<Result>(program: string, shares: readonly (readonly string[])[]): Promise<readonly Result[]> {
  const children = shares.map((share) => fork(program, [...share], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }))
  try {
    return await Promise.all(
      children.map(
        (child) =>
          new Promise<Result>((resolve, reject) => {
            child.once('message', (result) => resolve(result as Result))
            child.once('error', reject)
            child.once('exit', (code, signal) => reject(new Error(`A worker ended with ${signal ?? code}.`)))
          }),
      ),
    )
  } finally {
    for (const child of children) child.kill()
  }
}

/** Findings of a worker. */
export function answer(result: unknown): void {
  process.send?.(result, () => process.disconnect())
}
