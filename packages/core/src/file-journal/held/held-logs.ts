import { join } from 'node:path'
import type { HeldLines, HeldRelease } from '../../journal/held.ts'
import { HeldContents } from './held-contents.ts'
import { releaseHeld, type ReleaseOptions } from './held-release.ts'
import { listSourceDirectories } from '../../log-format/source-directory.ts'
import { type ReadOnce, type Held, readHeldLog } from '../../log-format/held-files.ts'

export interface HeldLogsOptions extends ReleaseOptions {
  /** Directory of the journal. */
  readonly root: string
  readonly service: string
}

/** The logs of a service with held lines, for `health()` and for a release. */
export class HeldLogs implements HeldLines {
  readonly #options: HeldLogsOptions
  readonly #released = new Set<string>()
  readonly #contents = new HeldContents()
  #held: readonly Held[] = []

  constructor(options: HeldLogsOptions) {
    this.#options = options
  }

  /** One sentence for each log. */
  get problems(): readonly string[] {
    return this.#held.map(({ log, directory, lines, isWhole }) => {
      const what = isWhole ? `The log '${log}' is held as a whole` : `${lines} lines of the log '${log}' are held`
      const where = isWhole ? join(directory, 'log') : join(directory, 'held')
      return `${what}, because nothing shows that this service wrote ${isWhole ? 'it' : 'them'}. Look at '${where}', then run 'audit journal release ${log} --by <person>', or move it away.`
    })
  }

  /** Reads a file again only if its inode, size or time has changed. */
  list(): Promise<readonly Held[]> {
    return this.#list((paths, read) => this.#contents.once(this.#options.fileSystem, paths, read))
  }

  /** Reads no more files. The current list stays. */
  close(): void {
    this.#contents.close()
  }

  async #list(once?: ReadOnce): Promise<readonly Held[]> {
    const { fileSystem, root, service } = this.#options
    const held: Held[] = []
    for (const directory of await listSourceDirectories(fileSystem, root, service)) {
      if (this.#released.has(directory)) continue
      // A process that takes logs sets aside a log whose files cannot be read.
      const found = await readHeldLog(fileSystem, directory, once).catch(() => undefined)
      if (found) held.push(found)
    }
    if (this.#contents.isClosed) return this.#held
    return (this.#held = held)
  }

  async release(release: HeldRelease): Promise<number> {
    const { deliver } = this.#options
    const whole = (directory: string) => {
      this.#released.add(directory)
      deliver(directory)
    }
    try {
      return await releaseHeld(release, await this.#list(), { ...this.#options, deliver: whole })
    } finally {
      await this.list().catch(() => undefined)
    }
  }

  isReleased(directory: string): boolean {
    return this.#released.has(directory)
  }
}
