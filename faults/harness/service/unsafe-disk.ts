import { basename, dirname } from 'node:path'
import type { FileJournalOptions, Journal } from '../../../packages/core/dist/index.js'
import { fileJournalOn } from '../../../packages/core/src/file-journal/file-journal.ts'
import type { FileStat, FileSystem } from '../../../packages/core/src/log-format/file-system.ts'
import { nodeFileSystem } from '../../../packages/core/src/log-format/node-file-system.ts'

// The disk of this machine without one safety step: the call that the journal relies on only reports success.

/** `no-fence`: an owner always finds its own file. `no-look`: no file ever seems to be removed. */
export type UnsafeDisk = 'no-fence' | 'no-look'

export function journalOnUnsafeDisk(kind: UnsafeDisk, options: FileJournalOptions): Journal {
  return fileJournalOn(unsafeDisk(kind), options)
}

function unsafeDisk(kind: UnsafeDisk): FileSystem {
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
