import type { FileSystem } from '../../log-format/file-system.ts'

interface Known {
  readonly stats: string
  readonly value: Promise<unknown>
}

/**
 * Keeps the results of reading held files while their inode, size and time are unchanged. Such files may be large, and only a
 * person changes them. A release reads them again, because any user can set the time of a file.
 */
export class HeldContents {
  readonly #known = new Map<string, Known>()
  #isClosed = false

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Pending reads reject at their next chunk. */
  close(): void {
    this.#isClosed = true
    this.#known.clear()
  }

  /**
   * Resolves with the value that was read from these files. Rejects with errors of the disk, and after `close()`; `read` calls
   * `check` for each chunk.
   */
  async once<Value>(
    fileSystem: FileSystem,
    paths: readonly string[],
    read: (check: () => void) => Promise<Value>,
  ): Promise<Value> {
    const name = paths[0] ?? ''
    const stats = await statsOf(fileSystem, paths)
    const known = this.#known.get(name)
    if (known?.stats === stats) return known.value as Promise<Value>
    const check = () => {
      if (this.#isClosed) throw new Error('The journal is closed.')
    }
    check()
    const value = read(check)
    this.#known.set(name, { stats, value })
    // The disk may fail for a moment, so a failed read is tried again.
    value.catch(() => this.#known.delete(name))
    return value
  }
}

async function statsOf(fileSystem: FileSystem, paths: readonly string[]): Promise<string> {
  const stats: string[] = []
  for (const path of paths) {
    const { inode, size, modifiedAt } = await fileSystem.stat(path)
    stats.push(`${path} ${inode} ${size} ${modifiedAt}`)
  }
  return stats.join('\n')
}
