import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { delay, systemClock } from '../clock.ts'
import type { OwnerRequest } from '../journal/owner-request.ts'
import { nodeFileSystem } from '../log-format/node-file-system.ts'
import { ifMissing, readText, replaceFile } from '../log-format/small-file.ts'
import type { TrailSource } from './trail-sources.ts'

/** The result of a request, or the reason of its failure. */
export type OwnerAnswer =
  | { readonly ok: true; readonly result: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly code: string; readonly message: string }

export interface AskOptions {
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

const POLL_MS = 50

/**
 * Asks the process that writes a log, by a file in its `commands/`. Resolves with undefined if there was no answer in time, or
 * `signal` aborts; then the request is cancelled, but may have been carried out. Rejects with errors of the disk.
 */
export async function askOwner(
  { directory }: Pick<TrailSource, 'directory'>,
  request: OwnerRequest,
  { timeoutMs, signal }: AskOptions,
): Promise<OwnerAnswer | undefined> {
  const path = join(directory, 'commands', randomUUID())
  const file = await replaceFile(nodeFileSystem, `${path}.json`, Buffer.from(JSON.stringify(request)))
  await file.close()
  const deadline = systemClock.monotonic() + timeoutMs
  try {
    for (;;) {
      const text = await readText(nodeFileSystem, `${path}.done`)
      if (text !== undefined) return JSON.parse(text) as OwnerAnswer
      if (systemClock.monotonic() >= deadline || signal?.aborted) return undefined
      await delay(systemClock, POLL_MS, signal)
    }
  } finally {
    for (const ending of ['json', 'done']) await nodeFileSystem.remove(`${path}.${ending}`).catch(ifMissing)
  }
}
