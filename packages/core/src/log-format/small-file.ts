import { dirname } from 'node:path'
import { AuditError } from '../errors.ts'
import type { FileStat, FileSystem, OpenFile } from './file-system.ts'
import { LineReader } from './line-reader.ts'

/**
 * Replaces a file in one step: after a failure there is the old one or the new one. Resolves with it, open, once it is durable.
 */
export async function replaceFile(fileSystem: FileSystem, path: string, bytes: Uint8Array): Promise<OpenFile> {
  const aside = `${path}.tmp`
  await fileSystem.remove(aside).catch(ifMissing)
  const file = await fileSystem.open(aside, 'create')
  try {
    if ((await file.write(bytes)) !== bytes.length) throw Object.assign(new Error('The disk is full.'), { code: 'ENOSPC' })
    await file.sync()
    await fileSystem.rename(aside, path)
    await fileSystem.syncDirectory(dirname(path))
    return file
  } catch (error) {
    await file.close().catch(() => undefined)
    throw error
  }
}

const MAX_TEXT_BYTES = 1 << 20

/** The text of a file that a person may have written. Undefined if the file does not exist. */
export async function readText(fileSystem: FileSystem, path: string): Promise<string | undefined> {
  const file = await fileSystem.open(path, 'read').catch(ifMissing)
  if (!file) return undefined
  try {
    const bytes = Buffer.alloc(Math.min(MAX_TEXT_BYTES, (await file.stat()).size))
    return bytes.toString('utf8', 0, await readWhole(file, bytes, 0))
  } finally {
    await file.close()
  }
}

/** Fills `bytes` from `position` on, up to the end of the file, however few bytes a read returns. Resolves with their number. */
export async function readWhole(file: OpenFile, bytes: Uint8Array, position: number): Promise<number> {
  for (let count = 0; ;) {
    const more = count < bytes.length ? await file.read(bytes.subarray(count), position + count) : 0
    if (more === 0) return count
    count += more
  }
}

/** The JSON value of a text, or undefined if it is not JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Calls back with each complete line of a file; the line is valid only during the call. Does nothing if the file does not exist.
 * Rejects with `AUDIT_JOURNAL_UNAVAILABLE` if it is larger than `maxBytes`, a size that the journal never writes.
 */
export async function eachLine(
  fileSystem: FileSystem,
  path: string,
  maxBytes: number,
  look: (line: Buffer) => void,
): Promise<void> {
  const bytes = (await fileSystem.stat(path).catch(ifMissing))?.size ?? 0
  if (bytes > maxBytes) {
    const problem = `'${path}' has ${bytes} bytes, and the journal never writes more than ${maxBytes} to it. Move it out of the journal.`
    throw new AuditError('AUDIT_JOURNAL_UNAVAILABLE', problem)
  }
  await firstLines(fileSystem, path, maxBytes, look)
}

/**
 * Calls back with the complete lines that begin in the first `maxBytes` of a file, and perhaps some more. Does nothing if the
 * file does not exist.
 */
export async function firstLines(
  fileSystem: FileSystem,
  path: string,
  maxBytes: number,
  look: (line: Buffer) => void,
): Promise<void> {
  const file = await fileSystem.open(path, 'read').catch(ifMissing)
  if (!file) return
  try {
    const lines = new LineReader(file)
    while (lines.offset < maxBytes && (await lines.fill())) for (let line = lines.take(); line; line = lines.take()) look(line)
  } finally {
    await file.close()
  }
}

/**
 * Makes a directory and its missing parents, and makes their entries durable. Rejects with `ENOENT` below a link to a missing
 * target.
 */
export async function ensureDirectory(fileSystem: FileSystem, path: string): Promise<void> {
  const isMade = await makeDirectory(fileSystem, path).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' || dirname(path) === path) throw error
    await ensureDirectory(fileSystem, dirname(path))
    // Retries only once: a link to a missing target exists, and nothing can be made below it.
    return makeDirectory(fileSystem, path)
  })
  if (isMade) await fileSystem.syncDirectory(dirname(path))
}

/** False if it is there already. */
async function makeDirectory(fileSystem: FileSystem, path: string): Promise<boolean> {
  try {
    await fileSystem.makeDirectory(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  }
}

/** Number of entries that are described at once: it shortens the wait for a disk, and does not fill the thread pool for long. */
const AT_ONCE = 64

/** Describes each of these entries, in their order; undefined for those that do not exist. A directory may have 100,000. */
export async function statEach(fileSystem: FileSystem, paths: readonly string[]): Promise<readonly (FileStat | undefined)[]> {
  const stats: (FileStat | undefined)[] = []
  for (let at = 0; at < paths.length; at += AT_ONCE) {
    const some = paths.slice(at, at + AT_ONCE)
    stats.push(...(await Promise.all(some.map((path) => fileSystem.stat(path).catch(ifMissing)))))
  }
  return stats
}

/** True if the file is missing, or if another kind of entry is in its place: a link, a directory, a FIFO. */
export function ifNotThere(error: unknown): undefined {
  if (!AuditError.isInstance(error) && (error as NodeJS.ErrnoException).code !== 'ELOOP') ifMissing(error)
}

export function ifMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}
