import {
  closeSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import type { FileSystem, OpenFile, OpenMode } from '../../../packages/core/src/log-format/file-system.ts'
import {
  FILE_MODE,
  fileStat,
  nodeFileSystem,
  notRegular,
  openFlags,
} from '../../../packages/core/src/log-format/node-file-system.ts'

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
  const file = openSync(path, openFlags[mode], FILE_MODE)
  if (!fstatSync(file).isFile()) {
    closeSync(file)
    throw notRegular(path)
  }
  return {
    write: async (bytes, position) => writeSync(file, bytes, 0, bytes.length, position ?? null),
    read: async (bytes, position) => readSync(file, bytes, 0, bytes.length, position),
    sync: async () => undefined,
    stat: async () => fileStat(fstatSync(file)),
    close: async () => closeSync(file),
  }
}
