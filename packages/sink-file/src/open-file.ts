import { SinkError } from '@audit/core/sink'
import { constants, type Stats } from 'node:fs'
import { access, lstat, open, realpath, type FileHandle } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { makeFolder } from './make-folder.ts'
import { syncFolder } from './sync-folder.ts'

export interface OpenOptions {
  /** Of a file that is made. */
  readonly mode: number
  readonly symbolicLinks: 'follow' | 'refuse'
  readonly fsync: 'batch' | 'never'
}

/** A file open for appending, and where it is: `path` has no symbolic links left in it. */
export interface OpenFile {
  readonly handle: FileHandle
  readonly path: string
  /** False for a device, which has no size, no neighbours and no end. */
  readonly isRegular: boolean
  readonly dev: number
  readonly ino: number
}

/** Opens the file, and makes it and its folders if they are not there. With `fsync: 'batch'` its name is on the disk then. */
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

/** Makes the folder of a file if it is missing. Rejects if files cannot be made in it. */
export async function openFolder(folder: string): Promise<void> {
  await makeFolder(folder)
  await access(folder, constants.W_OK | constants.X_OK)
}

/** Opens the file if it is there; makes nothing. */
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
  // Reading as well: the last byte says whether the file ends with a whole line.
  const flags = constants.O_RDWR | constants.O_APPEND | creating
  const noFollow = options.symbolicLinks === 'refuse' ? (constants.O_NOFOLLOW ?? 0) : 0
  const handle = await open(path, flags | noFollow, options.mode)
  try {
    const opened = await handle.stat()
    // Opened for reading as well, a pipe never says that its reader is gone: it fills up, and a write never ends.
    if (opened.isFIFO()) throw new SinkError(`Cannot write to ${path}: it is a pipe. Give a file, or stdout: true.`)
    if (options.symbolicLinks === 'refuse') await refuseOther(path, folder, opened)
    const real = await realpath(path).catch(() => resolve(path))
    return { handle, path: real, isRegular: opened.isFile(), dev: opened.dev, ino: opened.ino }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Undefined, if the error says that there is nothing at the path. */
export function ifMissing(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
}

async function refuseLinkedFolder(folder: string): Promise<void> {
  if ((await realpath(folder)) !== folder) throw new SinkError(`Cannot write to ${folder}: there is a symbolic link in its path.`)
}

/** A folder of the path may have become a link while the file was opened. */
async function refuseOther(path: string, folder: string, opened: Stats): Promise<void> {
  const there = await lstat(path)
  await refuseLinkedFolder(folder)
  if (there.ino !== opened.ino || there.dev !== opened.dev) throw new SinkError(`Cannot write to ${path}: it was replaced.`)
}

async function syncFolders(folder: string, made: string | undefined): Promise<void> {
  const last = made === undefined ? folder : dirname(made)
  for (let each = folder; ; each = dirname(each)) {
    await syncFolder(each)
    if (each === last || each === dirname(each)) return
  }
}
