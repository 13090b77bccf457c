import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseVerifierKey } from '@audit/proof'
import { readAnchor } from './anchor-input.ts'
import { ClaimReader } from './claims.ts'
import { inOrder } from './copy-input.ts'
import { logDirectoriesOf, readLog, sizeOfLog } from './journal-input.ts'
import { linesOfFile, splitLines } from './line-chunks.ts'
import type { TrailReport } from './report.ts'
import { TileFiles } from './tile-files.ts'
import { TrailCheck } from './trail-check.ts'
import { UniqueIds } from './unique-ids.ts'

export interface VerifyOptions {
  /** A journal, the directory of one log, or files of events (`.gz` too), of one log or several. */
  readonly paths?: readonly string[]
  /** Events as a stream of bytes, instead of paths. */
  readonly stream?: AsyncIterable<unknown>
  /** Verifier keys in their text form. Without any, signatures are not looked at. */
  readonly keys?: readonly string[]
  /** Files with checkpoints that were kept elsewhere. */
  readonly anchors?: readonly string[]
  /** A journal, or the directory of a log, whose hashes vouch for the lines of a filtered copy. */
  readonly tiles?: string
  /** Events that no checkpoint covers are a finding. Default false: a running trail always has some. */
  readonly strict?: boolean
  /** Looks for events that are there twice, each in a place of its own. Default false: it takes memory. */
  readonly uniqueIds?: boolean
  readonly onProgress?: (readBytes: number, totalBytes: number | undefined) => void
  readonly signal?: AbortSignal
}

/**
 * Checks a trail, in bounded memory: that each log is complete and in order, that its events are those of its checkpoints, and that
 * these are signed. Changes nothing, takes no lock. Resolves with what was found, good or bad; rejects if an input cannot be read, and
 * with a `ProofError` if a key is none.
 */
export async function verifyTrail(options: VerifyOptions): Promise<TrailReport> {
  const { paths = [], stream, keys = [], anchors = [], onProgress = () => undefined } = options
  const claims = new ClaimReader(keys.map(parseVerifierKey))
  const journals = await Promise.all(paths.map(journalAt))
  const files = await inOrder(paths.filter((_, index) => journals[index] === undefined))
  const directories = journals.flatMap((found) => found ?? [])
  const total = stream ? undefined : await totalBytes(directories, files)
  let read = 0
  const trail = new TrailCheck({
    claims,
    strict: options.strict ?? false,
    ids: options.uniqueIds ? new UniqueIds() : undefined,
    tiles: options.tiles === undefined ? new Map() : await tilesOf(options.tiles),
    onRead: (bytes) => onProgress((read += bytes), total),
    signal: options.signal,
  })
  if (options.tiles !== undefined) await readCheckpoints(options.tiles, trail)
  // First, so that each is compared when the tree has its size.
  for (const anchor of anchors) await readAnchor(anchor, claims, trail)
  for (const directory of directories) await readLog(directory, trail)
  for (const file of files) await trail.readLines(linesOfFile(file, options.signal))
  if (stream) await trail.readLines(splitLines(stream))
  return trail.finish()
}

/** The logs below a directory; nothing if it is a file. */
async function journalAt(path: string): Promise<readonly string[] | undefined> {
  if (!(await stat(path)).isDirectory()) return undefined
  const found = await logDirectoriesOf(path)
  if (found.length > 0) return found
  throw Object.assign(new Error(`'${path}' holds no log: give a journal, or files of events.`), { code: 'AUDIT_NO_LOG' })
}

async function totalBytes(directories: readonly string[], files: readonly string[]): Promise<number> {
  let bytes = 0
  for (const directory of directories) bytes += await sizeOfLog(directory)
  for (const file of files) bytes += (await stat(file)).size
  return bytes
}

async function tilesOf(path: string): Promise<ReadonlyMap<string, TileFiles>> {
  const found = new Map<string, TileFiles>()
  for (const directory of await logDirectoriesOf(path)) {
    const { source } = JSON.parse(await readFile(join(directory, 'source.json'), 'utf8')) as { readonly source: string }
    found.set(source, new TileFiles(join(directory, 'tiles')))
  }
  return found
}

/** The hashes are believed by their checkpoint. */
async function readCheckpoints(path: string, trail: TrailCheck): Promise<void> {
  for (const directory of await logDirectoriesOf(path)) {
    const text = await readFile(join(directory, 'checkpoint'), 'utf8').catch(() => undefined)
    const { source } = JSON.parse(await readFile(join(directory, 'source.json'), 'utf8')) as { readonly source: string }
    if (text !== undefined) trail.checkpoint(source, text)
  }
}
