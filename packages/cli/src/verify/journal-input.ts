import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { EventLineReader } from './event-line.ts'
import { NotAFileError, readInside } from './input-file.ts'
import { linesOfSegment } from './line-chunks.ts'
import { logDirectoriesOf, strangeEntriesOf } from './log-directories.ts'
import type { LogEvidence } from './log-evidence.ts'
import { bytesOf, segmentsOf } from './segments.ts'
import { TileFiles } from './tile-files.ts'
import type { TrailCheck } from './trail-check.ts'

// A journal on disk, which a process may be writing: the content of each log, read by the definition of the format, with code of its own.

const TRIES = 5
/** A signed note has at most a million bytes. */
const MAX_CHECKPOINT_BYTES = 1_000_001
const MAX_DESCRIPTION_BYTES = 64 << 10
/** Number of lines that are searched for the source of a log without a description. */
const MAX_PEEKED_LINES = 1_000

/** Number of bytes to read. */
export async function sizeOfLog(directory: string): Promise<number> {
  const { counting, voided } = await segmentsOf(join(directory, 'log'))
  return bytesOf([...counting.map(({ path }) => path), ...voided])
}

/** Reads all logs of a journal into the check, and reports unexpected entries. */
export async function readJournal(path: string, trail: TrailCheck): Promise<void> {
  const { directories, strange } = await logDirectoriesOf(path)
  for (const message of strange) trail.found({ cause: 'foreign', message })
  for (const directory of directories) await readLog(directory, trail)
}

/** Reads one log. Its checkpoint is read first, so that the lines reach at least its size. */
async function readLog(directory: string, trail: TrailCheck): Promise<void> {
  const strange = await strangeEntriesOf(directory)
  const source = await sourceOf(directory, trail)
  if (source === undefined) {
    for (const message of strange) trail.found({ cause: 'foreign', message })
    return
  }
  const tiles = new TileFiles(join(directory, 'tiles'))
  const log = trail.begin(source, tiles)
  if (!log) {
    tiles.close()
    // The directory that was read may be the older one, so the report names events that only the other one has.
    const known = await checkpointIn(directory)
    if (known !== undefined) trail.checkpoint(source, known)
    trail.foundIn(source, {
      cause: 'foreign',
      message: `'${directory}' and another directory both claim to be this log.`,
    })
    return
  }
  for (const message of strange) trail.foundIn(source, { cause: 'foreign', message })
  const text = await checkpointIn(directory)
  if (text !== undefined) trail.checkpoint(source, text)
  await readSegments(directory, trail, source)
  log.settle(sizeIn(await checkpointIn(directory)))
}

async function readSegments(directory: string, trail: TrailCheck, source: string): Promise<void> {
  if ((await kindOf(join(directory, 'log'))) !== 'directory') return
  let from = 0
  for (let tries = 0; tries < TRIES; tries++) {
    let isWhole = true
    const { counting, voided } = await segmentsOf(join(directory, 'log'))
    for (const { path, first, end } of counting) {
      if (end <= from) continue
      const stretch = { source, from: Math.max(first, from), to: end, isLast: end === Infinity }
      if ((await readSegment(path, trail, stretch)) === 'gone') {
        // Deleted, or replaced by a later generation, between two reads.
        isWhole = false
        break
      }
      from = end
    }
    if (!isWhole) continue
    // Their content does not count, so no line of another log may hide there either.
    for (const path of voided) await readSegment(path, trail, { source, from: 0, to: 0, isLast: false })
    return
  }
}

async function readSegment(
  path: string,
  trail: TrailCheck,
  stretch: Parameters<TrailCheck['readLines']>[2] & object,
): Promise<'read' | 'gone'> {
  try {
    await trail.readLines(linesOfSegment(path, trail.signal), path, stretch)
  } catch (error) {
    if (error instanceof NotAFileError) trail.foundIn(stretch.source, { cause: 'foreign', message: error.message })
    else if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'gone'
    else throw error
  }
  return 'read'
}

/** The source of the log, from its lines; its description must agree. Undefined if it has neither. */
async function sourceOf(directory: string, trail: TrailCheck): Promise<string | undefined> {
  const path = join(directory, 'source.json')
  const text = await readInside(path, MAX_DESCRIPTION_BYTES).catch(ifNotAFile)
  const described = text === undefined ? undefined : sourceIn(text)
  const written = await firstSourceIn(directory)
  if (written === undefined) {
    if (text !== undefined && described === undefined)
      trail.found({ cause: 'unreadable', message: `'${path}' does not name the source of the log.` })
    // Without a description and an intact line the log has no owner, and all its content would be ignored.
    if (text === undefined && (await hasSegments(directory)))
      trail.found({
        cause: 'unreadable',
        message: `The source of the log in '${directory}' is unknown: the log has no intact line, and source.json is missing.`,
      })
    return described
  }
  if (described === written) return written
  const what = text === undefined ? `'${path}' is missing` : `'${path}' names another source`
  trail.foundIn(written, {
    cause: text === undefined ? 'missing' : 'foreign',
    message: `${what}. The lines of this log name '${written}'.`,
  })
  return written
}

async function hasSegments(directory: string): Promise<boolean> {
  if ((await kindOf(join(directory, 'log'))) !== 'directory') return false
  const { counting, voided } = await segmentsOf(join(directory, 'log'))
  return (await bytesOf([...counting.map(({ path }) => path), ...voided])) > 0
}

function sourceIn(text: string): string | undefined {
  try {
    const { source } = JSON.parse(text) as { readonly source?: unknown }
    return typeof source === 'string' && source !== '' ? source : undefined
  } catch {
    return undefined
  }
}

async function firstSourceIn(directory: string): Promise<string | undefined> {
  if ((await kindOf(join(directory, 'log'))) !== 'directory') return undefined
  const reader = new EventLineReader()
  let peeked = 0
  for (const { path } of (await segmentsOf(join(directory, 'log'))).counting) {
    try {
      for await (const { lines, isTorn } of linesOfSegment(path)) {
        for (const line of isTorn ? lines.slice(0, -1) : lines) {
          const read = reader.read(Buffer.from(line))
          if (read?.checksum === 'good') return read.source
          if (++peeked >= MAX_PEEKED_LINES) return undefined
        }
      }
    } catch (error) {
      if (!(error instanceof NotAFileError) && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  return undefined
}

export async function checkpointIn(directory: string): Promise<string | undefined> {
  return readInside(join(directory, 'checkpoint'), MAX_CHECKPOINT_BYTES).catch(ifNotAFile)
}

/** Only files; `strangeEntriesOf` reports other entries. */
function ifNotAFile(error: unknown): undefined {
  if (!(error instanceof NotAFileError)) throw error
}

export function sizeIn(checkpoint: string | undefined): LogEvidence['ownCheckpoint'] {
  if (checkpoint === undefined) return 'none'
  const size = checkpoint.split('\n', 2)[1] ?? ''
  return /^\d{1,15}$/.test(size) ? Number(size) : 'unreadable'
}

async function kindOf(path: string): Promise<'directory' | 'other' | 'none'> {
  const stats = await lstat(path).catch(() => undefined)
  if (!stats) return 'none'
  return stats.isDirectory() ? 'directory' : 'other'
}

/** The directories of the logs whose hashes are below a path, by their source, and their checkpoints. */
export async function tilesBelow(
  path: string,
): Promise<readonly { source: string; tiles: TileFiles; checkpoint: string | undefined }[]> {
  const { directories } = await logDirectoriesOf(path)
  const found = await Promise.all(
    directories.map(async (directory) => {
      const text = await readInside(join(directory, 'source.json'), MAX_DESCRIPTION_BYTES).catch(ifNotAFile)
      const source = (text === undefined ? undefined : sourceIn(text)) ?? (await firstSourceIn(directory))
      if (source === undefined) return []
      const hasTiles = (await kindOf(join(directory, 'tiles'))) === 'directory' || (await readdir(directory)).includes('tiles')
      return hasTiles
        ? // In this order: a process that works at this moment keeps hashes before it signs them.
          [{ source, checkpoint: await checkpointIn(directory), tiles: new TileFiles(join(directory, 'tiles')) }]
        : []
    }),
  )
  return found.flat()
}
