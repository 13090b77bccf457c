import { join } from 'node:path'
import { ProofError, rootOfFrontier, type Frontier } from '@audit/proof'
import type { KnownCheckpoint, Seal } from '../seal.ts'
import type { FileSystem } from './file-system.ts'
import type { HashFiles } from './hash-files.ts'
import type { Places } from './places.ts'
import { readText } from './small-file.ts'
import type { SourceLog } from './source-log.ts'

/** Why a log is not sealed any further by this process. Its checkpoints stay as they are. */
export type SealRefusal =
  /** It has events and no checkpoint: whoever took that away may have changed the events too. */
  | 'checkpoint-missing'
  /** Its checkpoint is not signed by a key that this process has. */
  | 'checkpoint-not-ours'
  /** Its hashes do not make the root of its checkpoint. */
  | 'hashes-changed'
  /** It has fewer events than its checkpoint. */
  | 'truncated'
  /** An anchor has a larger checkpoint. */
  | 'rolled-back'
  /** Its first events are gone, and their hashes were never kept. */
  | 'begins-late'
  /** Some of it cannot be read back. */
  | 'unreadable'

export interface SealStartOptions {
  readonly fileSystem: FileSystem
  /** Of the source. */
  readonly directory: string
  readonly log: SourceLog
  readonly places: Places
  readonly seal: Seal
  readonly hashes: HashFiles
}

/** Where the sealing of a log goes on. */
export interface SealStart {
  /** Left out: it may go on. */
  readonly refusal?: SealRefusal
  readonly frontier: Frontier
  /** The checkpoint that was found, if it is ours. */
  readonly known?: KnownCheckpoint & { readonly text: string }
}

/** The name of the sealer among the readers of a log. */
export const SEAL_READER = 'seal'
export const CHECKPOINT_FILE = 'checkpoint'
export const HASHES_DIRECTORY = 'tiles'

const nothing: Frontier = { size: 0, hashes: [] }

/**
 * Holds a log that was found against its own checkpoint, before anything of it is signed again. A process vouches for what it finds
 * under a checkpoint of its own keys, and for what is appended to that.
 */
export async function findSealStart(options: SealStartOptions): Promise<SealStart> {
  const { fileSystem, directory, log, seal } = options
  const text = await readText(fileSystem, join(directory, CHECKPOINT_FILE))
  if (log.isDamaged) return refused('unreadable')
  if (text === undefined) return seal.keys.length > 0 && log.end > 0 ? refused('checkpoint-missing') : startAt(0, options)

  const known = openOurs(seal, text, log.source)
  if (!known) return refused('checkpoint-not-ours')
  if (log.end < known.size) return refused('truncated')
  if (!isRootOf(await options.hashes.frontier(known.size), known.root)) return refused('hashes-changed')
  const anchored = await seal.anchored(log.source)
  if (anchored && anchored.size > log.end) return refused('rolled-back')
  return { ...(await startAt(known.size, options)), known: { ...known, text } }
}

/** At the checkpoint, or, if the events behind it are let go, where the hashes had come to. */
async function startAt(size: number, { log, places, hashes }: SealStartOptions): Promise<SealStart> {
  const place = places.get(SEAL_READER) ?? 0
  const start = log.first <= size ? size : place
  if (start < log.first || start > log.end) return refused('begins-late')
  const frontier = await hashes.frontier(start)
  return frontier.hashes.every((hash) => hash.length > 0) ? { frontier } : refused('hashes-changed')
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

function isRootOf({ hashes }: Frontier, root: Uint8Array): boolean {
  return hashes.every((hash) => hash.length > 0) && Buffer.compare(rootOfFrontier(hashes), root) === 0
}
