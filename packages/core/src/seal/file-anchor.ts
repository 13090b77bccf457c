import { open } from 'node:fs/promises'
import { AuditError } from '../errors.ts'
import { pathProblem } from '../path-problem.ts'
import type { Anchor, AnchoredCheckpoint } from './anchor.ts'

export interface FileAnchorOptions {
  /** Best on another machine's disk, or append-only (`chattr +a`). Its directory must be there. */
  readonly path: string
  /** Default 60,000: a line of some 400 bytes a minute and log while events come. */
  readonly everyMs?: number
}

/** What is looked at for the latest: some 2,000 checkpoints. */
const TAIL_BYTES = 1 << 20

/**
 * Keeps checkpoints in a file that is only ever appended to, 0600, one line each: `{ origin, size, checkpoint, at }`. A checkpoint is
 * kept when it is synced.
 */
export function fileAnchor({ path, everyMs = 60_000 }: FileAnchorOptions): Anchor {
  const problem = pathProblem(path)
  if (problem) throw new AuditError('AUDIT_INVALID_OPTIONS', `The options of fileAnchor are wrong: path: ${problem}.`)
  return {
    name: `file ${path}`,
    everyMs,
    async publish(checkpoint) {
      const file = await open(path, 'a', 0o600)
      try {
        await file.appendFile(`${JSON.stringify({ ...checkpoint, at: new Date().toISOString() })}\n`)
        await file.datasync()
      } finally {
        await file.close()
      }
    },
    async latest(origin) {
      return largestOf(await tailOf(path), origin)?.checkpoint
    },
  }
}

async function tailOf(path: string): Promise<string> {
  const file = await open(path, 'r').catch(ifMissing)
  if (!file) return ''
  try {
    const { size } = await file.stat()
    const start = Math.max(0, size - TAIL_BYTES)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

function largestOf(text: string, origin: string): AnchoredCheckpoint | undefined {
  let largest: AnchoredCheckpoint | undefined
  for (const line of text.split('\n')) {
    const read = parsed(line)
    if (read?.origin === origin && !(read.size <= (largest?.size ?? -1))) largest = read
  }
  return largest
}

/** A line that a crash cut off is none. */
function parsed(line: string): AnchoredCheckpoint | undefined {
  try {
    return JSON.parse(line) as AnchoredCheckpoint
  } catch {
    return undefined
  }
}

function ifMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}
