import { stat } from 'node:fs/promises'
import { defaultAcceptances, parseVerifierKey, type Acceptance } from '@audit/proof'
import { readAnchor } from './anchor-input.ts'
import { CheckpointReader } from './found-checkpoint.ts'
import { inOrder } from './copy-input.ts'
import { readJournal, sizeOfLog, tilesBelow } from './journal-input.ts'
import type { LeafPrints } from './leaf-prints.ts'
import { linesOfFile, splitLines } from './line-chunks.ts'
import { logDirectoriesOf } from './log-directories.ts'
import type { TrailReport } from './report.ts'
import { readTakenOver } from './taken-over.ts'
import { TrailCheck } from './trail-check.ts'
import { UniqueIds } from './unique-ids.ts'

export interface VerifyOptions {
  /** A journal, the directory of one log, or files of events (`.gz` too), of one log or several. */
  readonly paths?: readonly string[]
  /** Events as a stream of bytes, instead of paths. */
  readonly stream?: AsyncIterable<unknown>
  /** Verifier keys in their text form. Without any, signatures are not checked. */
  readonly keys?: readonly string[]
  /** Files of anchors, with checkpoints that the service cannot change. Without keys, only these checkpoints are trusted. */
  readonly anchors?: readonly string[]
  /** A journal, or the directory of a log, whose hashes replace the lines that a copy does not have. */
  readonly tiles?: string
  /** States that the verdict may leave unproven. Default `tail` and `other-logs`. */
  readonly accept?: readonly Acceptance[]
  /** Accepts no unproven state. Default false: a running trail always has events that are not sealed yet. */
  readonly strict?: boolean
  /** Looks for events that occur twice, at different positions. Default false: it takes memory. */
  readonly uniqueIds?: boolean
  readonly onProgress?: (readBytes: number, totalBytes: number | undefined) => void
  readonly signal?: AbortSignal
}

/**
 * Checks a trail, in bounded memory: that each log is complete and in order, that its events match its checkpoints, and that
 * these are signed. Changes nothing, takes no lock. Resolves with the report, good or bad. Rejects if an input cannot be read or is
 * not a trail, and with a `ProofError` for an invalid key.
 */
export async function verifyTrail(options: VerifyOptions): Promise<TrailReport> {
  return checkTrail(options)
}

/** The same. `prints` receives the leaf of every line, so that a line can be compared with it later. */
export async function checkTrail(options: VerifyOptions, prints?: LeafPrints): Promise<TrailReport> {
  const { paths = [], stream, keys = [], anchors = [], strict = false, onProgress = () => undefined } = options
  const checkpoints = new CheckpointReader(keys.map(parseVerifierKey), anchors.length > 0)
  const journals: string[] = []
  const files: string[] = []
  for (const path of paths) ((await isJournal(path)) ? journals : files).push(path)
  const total = stream ? undefined : await totalBytes(journals, files)
  const tiles = options.tiles === undefined ? [] : await tilesBelow(options.tiles)
  let read = 0
  const trail = new TrailCheck({
    checkpoints,
    judging: { accepts: new Set(strict ? [] : (options.accept ?? defaultAcceptances)), strict },
    ids: options.uniqueIds ? new UniqueIds() : undefined,
    prints,
    tiles: new Map(tiles.map((each) => [each.source, each.tiles])),
    onRead: (bytes) => onProgress((read += bytes), total),
    signal: options.signal,
  })
  // Checkpoints come first, so that each is compared when the tree has its size.
  for (const { source, checkpoint } of tiles) if (checkpoint !== undefined) trail.checkpoint(source, checkpoint)
  if (options.tiles !== undefined) await readTakenOver(options.tiles, trail)
  for (const anchor of anchors) await readAnchor(anchor, checkpoints, trail)
  for (const path of journals) await readJournal(path, trail)
  for (const file of await inOrder(files)) await trail.readLines(linesOfFile(file, options.signal), file)
  if (stream) await trail.readLines(splitLines(stream), 'The standard input')
  return trail.finish()
}

/** True for a directory with a log in it; false for a file. */
async function isJournal(path: string): Promise<boolean> {
  if (!(await stat(path)).isDirectory()) return false
  if ((await logDirectoriesOf(path)).directories.length > 0) return true
  throw Object.assign(new Error(`'${path}' contains no log. Give a journal, or files of events.`), { code: 'AUDIT_NO_LOG' })
}

async function totalBytes(journals: readonly string[], files: readonly string[]): Promise<number> {
  let bytes = 0
  for (const path of journals)
    for (const directory of (await logDirectoriesOf(path)).directories) bytes += await sizeOfLog(directory)
  for (const file of files) bytes += (await stat(file)).size
  return bytes
}
