import { closeSync, constants, fdatasyncSync, fsyncSync, lstatSync, openSync, writeSync, type Stats } from 'node:fs'
import { lstat, mkdir, open, readdir, rename, statfs, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AuditError } from '../errors.ts'
import type { FileKind, FileStat, FileSystem, OpenFile, OpenMode } from './file-system.ts'
import { lockFile } from './lock-file.ts'
import { syncDirectory } from '../sync-directory.ts'

const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants
// Windows has none of these flags; it follows links and syncs no directories.
const NOFOLLOW = O_NOFOLLOW ?? 0
/** Opens a FIFO without waiting for its other end. */
const NONBLOCK = O_NONBLOCK ?? 0
const CREATE = O_CREAT | O_EXCL | O_APPEND | O_RDWR | NOFOLLOW
export const FILE_MODE = 0o600
/** The flags of `open(2)` for each mode. */
export const openFlags: Readonly<Record<OpenMode, number>> = {
  create: CREATE,
  update: O_CREAT | O_RDWR | NOFOLLOW | NONBLOCK,
  read: O_RDONLY | NOFOLLOW | NONBLOCK,
}

/** The disk of this machine. */
export const nodeFileSystem: FileSystem = {
  async makeDirectory(path) {
    await mkdir(path, { mode: 0o700 })
  },
  list: (directory) => readdir(directory),
  async open(path, mode) {
    return NodeFile.regular(await open(path, openFlags[mode], FILE_MODE), path)
  },
  rename,
  remove: unlink,
  async stat(path) {
    return fileStat(await lstat(path))
  },
  syncDirectory,
  async space(path) {
    const { type, bsize, bavail, blocks } = await statfs(path)
    return { type, freeBytes: bavail * bsize, totalBytes: blocks * bsize }
  },
  lock: lockFile,
  createSync(path, bytes) {
    const file = openSync(path, CREATE, FILE_MODE)
    try {
      for (let written = 0; written < bytes.length;) {
        const count = writeSync(file, bytes, written)
        if (count === 0) throw new Error('The disk is full.')
        written += count
      }
      fdatasyncSync(file)
    } finally {
      closeSync(file)
    }
    if (O_DIRECTORY === undefined) return
    const directory = openSync(dirname(path), O_RDONLY | O_DIRECTORY)
    try {
      fsyncSync(directory)
    } finally {
      closeSync(directory)
    }
  },
  isSameSync(path, stat) {
    return lstatSync(path, { throwIfNoEntry: false })?.ino === stat.inode
  },
}

class NodeFile implements OpenFile {
  readonly #handle: Awaited<ReturnType<typeof open>>

  constructor(handle: Awaited<ReturnType<typeof open>>) {
    this.#handle = handle
  }

  /** Closes everything except a regular file: a device such as /dev/zero would be read for ever. */
  static async regular(handle: Awaited<ReturnType<typeof open>>, path: string): Promise<NodeFile> {
    try {
      if ((await handle.stat()).isFile()) return new NodeFile(handle)
      throw notRegular(path)
    } catch (error) {
      await handle.close().catch(() => undefined)
      throw error
    }
  }

  async write(bytes: Uint8Array, position?: number): Promise<number> {
    return (await this.#handle.write(bytes, 0, bytes.length, position)).bytesWritten
  }

  async read(bytes: Uint8Array, position: number): Promise<number> {
    return (await this.#handle.read(bytes, 0, bytes.length, position)).bytesRead
  }

  sync(): Promise<void> {
    return this.#handle.datasync()
  }

  async stat(): Promise<FileStat> {
    return fileStat(await this.#handle.stat())
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

export function notRegular(path: string): AuditError {
  return new AuditError('AUDIT_JOURNAL_UNAVAILABLE', `'${path}' is not a regular file. Move it out of the journal.`)
}

/** The part of Node's stats that the journal reads. */
export function fileStat(stats: Stats): FileStat {
  return {
    inode: stats.ino,
    links: stats.nlink,
    size: stats.size,
    mode: stats.mode & 0o777,
    modifiedAt: stats.mtimeMs,
    kind: kindOf(stats),
  }
}

function kindOf(stats: Stats): FileKind {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'directory'
  return stats.isSymbolicLink() ? 'link' : 'other'
}
