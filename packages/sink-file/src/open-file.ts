import { syncDirectory } from '@audit/core/internal'
import { SinkError } from '@audit/core/sink'
import { constants, type Stats } from 'node:fs'
import { access, lstat, open, realpath, type FileHandle } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { makeFolder } from './make-folder.ts'

export interface OpenOptions {
  /** Permissions of a new file. */
  readonly mode: number
  readonly symbolicLinks: 'follow' | 'refuse'
  readonly fsync: 'batch' | 'never'
}

/** A file open for appending. Its `path` contains no symbolic links. */
export interface OpenFile {
  readonly handle: FileHandle
  readonly path: string
  /** False for a device, which has no size, no end, and no closed files next to it. */
  readonly isRegular: boolean
  readonly dev: number
  readonly ino: number
}

/** Opens the file, and creates it and its folders if missing. With `fsync: 'batch'` the disk then has their names. */
export async function openFile(path: string, options: OpenOptions): Promise<OpenFile> {
  const made = await makeFolder(dirname(resolve(path)))
  const file = await openAt(path, options, constants.O_CREAT)
  if (options.fsync === 'never' || !file.isRegular) return file
  try {
    await syncFolders(dirname(file.path), made)
  } catch (error) {
    await file.handle.close()
    throw error
  }
  return file
}

/** Creates a folder if it is missing. Rejects if files cannot be created in it. */
export async function openFolder(folder: string): Promise<void> {
  await makeFolder(folder)
  await access(folder, constants.W_OK | constants.X_OK)
}

/** Opens the file if it exists; creates nothing. */
export async function openExisting(path: string, options: OpenOptions): Promise<OpenFile | undefined> {
  try {
    return await openAt(path, options, 0)
  } catch (error) {
    return ifMissing(error)
  }
}

async function openAt(path: string, options: OpenOptions, creating: number): Promise<OpenFile> {
  const folder = dirname(resolve(path))
  if (options.symbolicLinks === 'refuse') await refuseLinkedFolder(folder)
  // Also for reading: the last byte shows whether the file ends with a whole line.
  const flags = constants.O_RDWR | constants.O_APPEND | creating
  const noFollow = options.symbolicLinks === 'refuse' ? (constants.O_NOFOLLOW ?? 0) : 0
  const handle = await open(path, flags | noFollow, options.mode)
  try {
    const opened = await handle.stat()
    // A pipe opened for reading too never reports that its reader is gone: it fills up, and a write never ends.
    if (opened.isFIFO()) throw new SinkError(`Cannot write to ${path}: it is a pipe. Give a file, or stdout: true.`)
    if (options.symbolicLinks === 'refuse') await refuseOther(path, folder, opened)
    const real = await realpath(path).catch(() => resolve(path))
    return { handle, path: real, isRegular: opened.isFile(), dev: opened.dev, ino: opened.ino }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Returns undefined if the error means that nothing exists at the path; otherwise throws it. */
export function ifMissing(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
}

async function refuseLinkedFolder(folder: string): Promise<void> {
  if ((await realpath(folder)) !== folder) throw new SinkError(`Cannot write to ${folder}: there is a symbolic link in its path.`)
}

/** Rejects if the path changed while the file was opened: a folder in it may have become a link. */
async function refuseOther(path: string, folder: string, opened: Stats): Promise<void> {
  const there = await lstat(path)
  await refuseLinkedFolder(folder)
  if (there.ino !== opened.ino || there.dev !== opened.dev)
    throw new SinkError(`Cannot write to ${path}: it was replaced while it was opened.`)
}

async function syncFolders(folder: string, made: string | undefined): Promise<void> {
  const last = made === undefined ? folder : dirname(made)
  for (let each = folder; ; each = dirname(each)) {
    await syncDirectory(each)
    if (each === last || each === dirname(each)) return
  }
}
