import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AuditError } from '../errors.ts'
import { OptionChecks } from '../option-checks.ts'
import { pathProblem } from '../path-problem.ts'
import type { Anchor, AnchoredCheckpoint } from './anchor.ts'
import { syncDirectory } from '../sync-directory.ts'

export interface FileAnchorOptions {
  /** Best on another machine's disk, or append-only (`chattr +a`). Its directory must exist. */
  readonly path: string
  /** Default 60,000: a line of some 400 bytes per minute and log while events are recorded. */
  readonly everyMs?: number
}

const { O_APPEND, O_CREAT, O_RDONLY, O_WRONLY } = constants
const NONBLOCK = constants.O_NONBLOCK ?? 0
/** The part of the file that is searched for the latest: some 2,000 checkpoints. */
const TAIL_BYTES = 1 << 20

/**
 * Keeps checkpoints in a file that is only ever appended to, 0600, one line each: `{ origin, size, checkpoint, at }`. A
 * checkpoint counts as kept when it is synced.
 */
export function fileAnchor(options: FileAnchorOptions): Anchor {
  const checks = new OptionChecks()
  const { path, everyMs: givenMs } = checks.options(options, ['path', 'everyMs'])
  const problem = typeof path === 'string' && path !== '' ? pathProblem(path) : 'give a path'
  if (problem) checks.problems.push(`path: ${problem}`)
  const everyMs = checks.number('everyMs', givenMs, { fallback: 60_000, min: 1, max: Number.MAX_SAFE_INTEGER })
  checks.throwIfAny('The options of fileAnchor are wrong')
  return {
    name: `file ${path}`,
    everyMs,
    async open() {
      const file = await openRegular(path, O_WRONLY | O_APPEND | O_CREAT)
      await file.close()
    },
    async publish(checkpoint) {
      const file = await openRegular(path, O_WRONLY | O_APPEND | O_CREAT)
      try {
        // Syncing a new file does not make its directory entry durable.
        if ((await file.stat()).size === 0) await syncDirectory(dirname(path))
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

/** A path from a person may be a link. It must lead to a file: a FIFO or a device would block the process, or never end. */
async function openRegular(path: string, flags: number): Promise<FileHandle> {
  const file = await open(path, flags | NONBLOCK, 0o600)
  if ((await file.stat()).isFile()) return file
  await file.close()
  throw new AuditError('AUDIT_INVALID_OPTIONS', `The anchor '${path}' is not a regular file. Give fileAnchor the path of one.`)
}

async function tailOf(path: string): Promise<string> {
  const file = await openRegular(path, O_RDONLY).catch(ifMissing)
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

/** A line that a crash cut off does not count. */
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
