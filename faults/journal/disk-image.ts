import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { truncate, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

export type DiskKind = 'ext4' | 'xfs'

/** XFS needs at least 300 MiB. The file is sparse. */
const BYTES = 512 << 20
const MAKE: Readonly<Record<DiskKind, readonly string[]>> = { ext4: ['-q', '-F'], xfs: ['-q', '-f'] }
const UNMOUNT_TRIES = 50

/** A file system in a file. Its device is one of the kernel's loops, so it can lose power without the machine. */
export class DiskImage {
  readonly directory: string
  readonly #file: string

  private constructor(file: string, directory: string) {
    this.#file = file
    this.directory = directory
  }

  static async create(kind: DiskKind, path: string): Promise<DiskImage> {
    const file = `${path}.image`
    mkdirSync(path, { recursive: true })
    await writeFile(file, '')
    await truncate(file, BYTES)
    await run(`mkfs.${kind}`, [...MAKE[kind], file])
    return new DiskImage(file, path)
  }

  async mount(): Promise<void> {
    await run('mount', ['-o', 'loop', this.#file, this.directory])
  }

  /** From now on it accepts no more data, and data that is not on the device is gone. */
  async losePower(): Promise<void> {
    await run('xfs_io', ['-x', '-c', 'shutdown', this.directory])
  }

  async unmount(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await run('umount', [this.directory])
        return
      } catch (error) {
        // The last call of a killed process may not have ended yet.
        if (tries === UNMOUNT_TRIES) throw error
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
  }
}
