import { basename, dirname } from 'node:path'
import type { FileStat, FileSystem } from '../packages/core/dist/esm/log-format/file-system.js'
import { nodeFileSystem } from '../packages/core/dist/esm/log-format/node-file-system.js'

// The disk of this machine without one safety step: the call that the journal relies on only reports success.

/** `no-fence`: an owner always finds its own file. `no-look`: no file ever seems to be removed. */
export type UnsafeDisk = 'no-fence' | 'no-look'

export function unsafeDisk(kind: UnsafeDisk): FileSystem {
  const created = new Map<string, FileStat>()
  const isHidden = (path: string) => basename(path).startsWith(kind === 'no-fence' ? 'owner.' : '') && created.has(path)
  return {
    ...nodeFileSystem,
    async open(path, mode) {
      const file = await nodeFileSystem.open(path, mode)
      if (mode === 'create') created.set(path, await file.stat())
      return file
    },
    async list(directory) {
      const hidden = [...created.keys()]
        .filter((path) => kind === 'no-look' && dirname(path) === directory)
        .map((path) => basename(path))
      return [...new Set([...(await nodeFileSystem.list(directory)), ...hidden])]
    },
    stat: async (path) => (isHidden(path) ? created.get(path)! : nodeFileSystem.stat(path)),
    isSameSync: (path, stat) => isHidden(path) || nodeFileSystem.isSameSync(path, stat),
  }
}
