import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
  type Stats,
} from 'node:fs'
import { AuditError } from '../../packages/core/dist/esm/index.js'
import type { FileKind, FileStat, FileSystem, OpenFile, OpenMode } from '../../packages/core/dist/esm/journal/file/file-system.js'
import { nodeFileSystem } from '../../packages/core/dist/esm/journal/file/node-file-system.js'

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants
const flags: Readonly<Record<OpenMode, number>> = {
  create: O_CREAT | O_EXCL | O_APPEND | O_RDWR | O_NOFOLLOW,
  update: O_CREAT | O_RDWR | O_NOFOLLOW | O_NONBLOCK,
  read: O_RDONLY | O_NOFOLLOW | O_NONBLOCK,
}

/**
 * The machine's disk with every call made at once. Threads answer in another order in each run, and a service then does other things
 * with the same files. Here only the files decide. Nothing is synced: nothing loses power here.
 */
export const instantDisk: FileSystem = {
  makeDirectory: async (path) => mkdirSync(path, { mode: 0o700 }),
  list: async (directory) => readdirSync(directory).toSorted(),
  open: async (path, mode) => openFile(path, mode),
  rename: async (from, to) => renameSync(from, to),
  remove: async (path) => unlinkSync(path),
  stat: async (path) => fileStat(lstatSync(path)),
  syncDirectory: async () => undefined,
  space: async () => ({ type: 0, freeBytes: 1e12, totalBytes: 1e12 }),
  lock: nodeFileSystem.lock,
  createSync: nodeFileSystem.createSync,
  isSameSync: nodeFileSystem.isSameSync,
}

function openFile(path: string, mode: OpenMode): OpenFile {
  const file = openSync(path, flags[mode], 0o600)
  if (!fstatSync(file).isFile()) {
    closeSync(file)
    throw new AuditError('AUDIT_JOURNAL_UNAVAILABLE', `'${path}' is not a regular file. Move it out of the journal.`)
  }
  return {
    write: async (bytes, position) => writeSync(file, bytes, 0, bytes.length, position ?? null),
    read: async (bytes, position) => readSync(file, bytes, 0, bytes.length, position),
    sync: async () => undefined,
    stat: async () => fileStat(fstatSync(file)),
    close: async () => closeSync(file),
  }
}

function fileStat(stats: Stats): FileStat {
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
