import { dirname } from 'node:path'
import type { FileSystem, OpenFile } from './file-system.ts'
import { LineReader } from './line-reader.ts'

/** Replaces a file in one step: whatever happens, there is the old one or the new one. Resolves with it, open, once it is durable. */
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

/** The text of a file that a person might have written; nothing if there is no such file. */
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

/** Fills `bytes` from `position` on, as far as the file goes, however little a read gives; resolves with how many were there. */
export async function readWhole(file: OpenFile, bytes: Uint8Array, position: number): Promise<number> {
  for (let count = 0; ;) {
    const more = count < bytes.length ? await file.read(bytes.subarray(count), position + count) : 0
    if (more === 0) return count
    count += more
  }
}

/** Shows each whole line of a file; what it shows holds only during the call. Nothing if there is no such file. */
export async function eachLine(fileSystem: FileSystem, path: string, look: (line: Buffer) => void): Promise<void> {
  const file = await fileSystem.open(path, 'read').catch(ifMissing)
  if (!file) return
  try {
    const lines = new LineReader(file)
    while (await lines.fill()) for (let line = lines.take(); line; line = lines.take()) look(line)
  } finally {
    await file.close()
  }
}

/** Makes a directory if it is not there, and its entry durable. */
export async function ensureDirectory(fileSystem: FileSystem, path: string): Promise<void> {
  try {
    await fileSystem.makeDirectory(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    await ensureDirectory(fileSystem, dirname(path))
    return ensureDirectory(fileSystem, path)
  }
  await fileSystem.syncDirectory(dirname(path))
}

export function ifMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}
