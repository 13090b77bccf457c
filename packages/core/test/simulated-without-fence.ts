import type { FileStat, FileSystem } from '../src/log-format/file-system.ts'

/** Negative control: the same disk, but every process that ever owned a log still seems to own it. */
export function withoutFence(disk: FileSystem): FileSystem {
  const owners = new Map<string, FileStat>()
  return {
    makeDirectory: (path) => disk.makeDirectory(path),
    list: (directory) => disk.list(directory),
    open: (path, mode) => disk.open(path, mode),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    async stat(path) {
      const stat = owners.get(path) ?? (await disk.stat(path))
      if (/owner\.\d+$/.test(path)) owners.set(path, stat)
      return stat
    },
    syncDirectory: (path) => disk.syncDirectory(path),
    space: (path) => disk.space(path),
    lock: (path) => disk.lock(path),
    createSync: (path, bytes) => disk.createSync(path, bytes),
    isSameSync: () => true,
  }
}
