import type { FileSystem } from '../src/log-format/file-system.ts'

/** The same disk, except for some of its calls. */
export function overriddenDisk(disk: FileSystem, overrides: Partial<FileSystem>): FileSystem {
  return new Proxy(disk, {
    get(target, name: keyof FileSystem) {
      return overrides[name] ?? target[name].bind(target)
    },
  })
}
