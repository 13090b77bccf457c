import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { delay, systemClock } from '../clock.ts'
import { nodeFileSystem } from '../log-format/node-file-system.ts'
import { ifMissing, readText, replaceFile } from '../log-format/small-file.ts'
import type { TrailSource } from './trail-sources.ts'

/** Requests to the owner of a log. Each may be carried out twice, which makes no difference. */
export type OwnerRequest =
  | {
      readonly command: 'forget-sink' | 'replay-dead-letters' | 'purge-dead-letters'
      readonly sink: string
      readonly ids?: readonly string[]
      /** Also sends letters that cannot be compared with a checkpoint. Needs `by`. */
      readonly force?: boolean
      /** The person who asks. The trail records the name as `claimedBy`, because it was not checked. */
      readonly by?: string
    }
  /** `request` is a note with the text of `releaseText`, signed by a key of the seal. */
  | { readonly command: 'release-held'; readonly request: string }

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
