import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { linesOfFile } from './line-chunks.ts'
import { segmentsOf } from './segments.ts'
import { TileFiles } from './tile-files.ts'
import type { TrailCheck } from './trail-check.ts'

// A journal on disk, perhaps one that a process is writing: what it holds of each log, read as the format says and not as it was written.

const TRIES = 5

/** The directories of the logs in a journal, or the directory itself if it is that of one log. Empty if it is neither. */
export async function logDirectoriesOf(path: string): Promise<readonly string[]> {
  if (await isThere(join(path, 'source.json'))) return [path]
  const names = (await readdir(path)).toSorted()
  const found = await Promise.all(
    names.map(async (name) =>
      (await isThere(join(path, name, 'source.json'))) || (await isThere(join(path, name, 'log'))) ? [join(path, name)] : [],
    ),
  )
  return found.flat()
}

/** So many bytes are to be read. */
export async function sizeOfLog(directory: string): Promise<number> {
  let bytes = 0
  for (const { path } of await segmentsOf(join(directory, 'log'))) bytes += (await stat(path).catch(() => undefined))?.size ?? 0
  return bytes
}

/** Reads one log into the check. Its own checkpoint comes first, so that the lines that are read are at least those it is over. */
export async function readLog(directory: string, trail: TrailCheck): Promise<void> {
  const source = await sourceOf(directory)
  if (source === undefined) {
    trail.found({ cause: 'unreadable', message: `'${directory}' has no source.json that says whose log it is.` })
    return
  }
  const tiles = new TileFiles(join(directory, 'tiles'))
  const log = trail.begin(source, { kind: 'journal', tiles })
  const text = await checkpointOf(directory)
  if (text !== undefined) trail.checkpoint(source, text)
  await readSegments(directory, trail, source)
  const now = await checkpointOf(directory)
  log.settle(now === undefined ? undefined : Number(now.split('\n')[1]))
}

async function readSegments(directory: string, trail: TrailCheck, source: string): Promise<void> {
  let from = 0
  for (let tries = 0; tries < TRIES; tries++) {
    let isWhole = true
    for (const { path, first, end } of await segmentsOf(join(directory, 'log'))) {
      if (end <= from) continue
      try {
        await trail.readLines(linesOfFile(path, trail.signal), {
          source,
          from: Math.max(first, from),
          to: end,
          isLast: end === Infinity,
        })
      } catch (error) {
        // Let go, or written anew in a later generation, between two looks.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
        isWhole = false
        break
      }
      from = end
    }
    if (isWhole) return
  }
}

async function sourceOf(directory: string): Promise<string | undefined> {
  try {
    const { source } = JSON.parse(await readFile(join(directory, 'source.json'), 'utf8')) as { readonly source?: unknown }
    return typeof source === 'string' ? source : undefined
  } catch {
    return undefined
  }
}

async function checkpointOf(directory: string): Promise<string | undefined> {
  return readFile(join(directory, 'checkpoint'), 'utf8').catch(() => undefined)
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}
