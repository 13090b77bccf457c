import { join } from 'node:path'
import { leafHash, MerkleTree, ProofError, type Checkpoint, type Frontier } from '@audit/proof'
import type { KnownCheckpoint, Seal } from '../../journal/seal.ts'
import { makesRoot } from './covered-lines.ts'
import type { FileSystem } from '../../log-format/file-system.ts'
import type { TileFiles } from './tile-files.ts'
import { CHECKPOINT_FILE } from '../../log-format/file-names.ts'
import { LogReader } from '../../log-format/log-reader.ts'
import { readText } from '../../log-format/small-file.ts'
import type { LogWriter } from '../log/log-writer.ts'

/** Why a log is not sealed any further by this process. Its checkpoints stay as they are. */
export type SealRefusal =
  /** It was found without events. Its signed past may have been removed, and anyone can make such a directory. */
  | 'empty'
  /** It has events and no checkpoint: an attacker who removed the checkpoint may have changed the events too. */
  | 'checkpoint-missing'
  /** Its checkpoint is not signed by a key that this process has. */
  | 'checkpoint-not-ours'
  /** Its hashes do not give the root of its checkpoint. */
  | 'hashes-changed'
  /** It has fewer events than its checkpoint. */
  | 'truncated'
  /** An anchor has a larger checkpoint, and the log does not have the events that it covers. */
  | 'rolled-back'
  /** Its first events are missing, and no checkpoint covers the removal. */
  | 'begins-late'
  /** Its last line has no tag that a group could be chained to: processes without a tag key wrote it. */
  | 'untagged'
  /** A person released all of it, although nothing shows that the service wrote it. */
  | 'released'
  /** A line that its checkpoint covers was changed. */
  | 'changed'
  /** Some of it cannot be read back. */
  | 'unreadable'

export interface SealStartOptions {
  readonly log: LogWriter
  readonly seal: Seal
  readonly hashes: TileFiles
  /** State of the log before any event of it was read. */
  readonly checkpoint: FoundCheckpoint
  /** A person released all of it, so its lines were not authenticated. */
  readonly isReleased: boolean
  /** This process has just made it. */
  readonly isNew: boolean
}

/** The evidence next to a log when a process takes it. */
export interface FoundCheckpoint {
  /** Undefined if there is no checkpoint. */
  readonly text?: string
  /** Undefined if none of our keys signed it. */
  readonly known?: KnownCheckpoint
}

/** The offset where the sealing of a log continues. */
export interface SealStart {
  /** Left out: the log can be continued. */
  readonly refusal?: SealRefusal
  readonly frontier: Frontier
  /** The checkpoint that was found, if it is ours. */
  readonly known?: KnownCheckpoint & { readonly text: string }
}

/** Bytes of lines in one read. */
const READ_BYTES = 256 << 10

const nothing: Frontier = { size: 0, hashes: [] }

/**
 * Compares a log with its own checkpoint before anything of it is signed again. A process vouches for the events that a
 * checkpoint of its own keys covers, and for those that are appended to them.
 */
export async function findSealStart(options: SealStartOptions): Promise<SealStart> {
  const { log, seal, checkpoint } = options
  const { text, known } = checkpoint
  if (log.isDamaged) return refused('unreadable')
  if (log.end === 0 && !options.isNew && seal.keys.length > 0) return refused('empty')
  if (text === undefined && seal.keys.length > 0 && log.end > 0) return refused('checkpoint-missing')
  if (text === undefined) return startAt(0, options)
  if (!known) return refused('checkpoint-not-ours')
  if (log.end < known.size) return refused('truncated')
  if (!makesRoot(await options.hashes.frontier(known.size), known)) return refused('hashes-changed')
  const anchored = await seal.anchored(log.source)
  if (anchored && anchored.size > log.end) return refused('rolled-back')
  const start = await startAt(known.size, options)
  if (start.refusal) return start
  if (anchored && anchored.size > known.size && !(await leadsTo(anchored, start.frontier, log))) return refused('rolled-back')
  // Any user who can write the files can make a mark that says that a log is held.
  if (options.isReleased && seal.keys.length > 0) return refused('released')
  return log.isChained ? { ...start, known: { ...known, text } } : refused('untagged')
}

/**
 * True if the log has the events that the checkpoint covers. An anchor has a larger checkpoint than the log if an attacker put an
 * older one back, or if another process is publishing one while it loses the log.
 */
async function leadsTo({ size, root }: Checkpoint, frontier: Frontier, log: LogWriter): Promise<boolean> {
  const tree = new MerkleTree({}, frontier)
  const reader = new LogReader(log)
  try {
    while (tree.size < size) {
      const { records } = await reader.read(tree.size, READ_BYTES, size)
      if (records[0]?.sequence !== tree.size) return false
      for (const { sequence, line } of records) if (sequence === tree.size) tree.append(leafHash(line))
    }
    return Buffer.compare(tree.root(), root) === 0
  } finally {
    await reader.release()
  }
}

/** Starts at the checkpoint, because nothing authenticates the later hashes. */
async function startAt(size: number, { log, hashes }: SealStartOptions): Promise<SealStart> {
  if (log.first > size) return refused('begins-late')
  const frontier = await hashes.frontier(size)
  return frontier.hashes.every((hash) => hash.length > 0) ? { frontier } : refused('hashes-changed')
}

export async function findCheckpoint(
  fileSystem: FileSystem,
  directory: string,
  seal: Seal,
  source: string,
): Promise<FoundCheckpoint> {
  const text = await readText(fileSystem, join(directory, CHECKPOINT_FILE))
  const known = text === undefined ? undefined : openOurs(seal, text, source)
  return { ...(text !== undefined && { text }), ...(known && { known }) }
}

function refused(refusal: SealRefusal): SealStart {
  return { refusal, frontier: nothing }
}

function openOurs(seal: Seal, text: string, origin: string): KnownCheckpoint | undefined {
  try {
    return seal.open(text, origin)
  } catch (error) {
    if (error instanceof ProofError) return undefined
    throw error
  }
}
