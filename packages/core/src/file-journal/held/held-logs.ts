import { join } from 'node:path'
import type { HeldLines, HeldRelease } from '../../journal/held.ts'
import { SignedRequests } from '../../journal/signed-requests.ts'
import { HeldContents } from './held-contents.ts'
import { releaseHeld, type ReleasedGroups, type ReleaseOptions } from './held-release.ts'
import { listSourceDirectories } from '../../log-format/source-directory.ts'
import { type ReadOnce, type Held, readHeldLog } from '../../log-format/held-files.ts'
import { readReleasedLog, type ReleasedLines } from './released-log.ts'

export interface HeldLogsOptions extends ReleaseOptions {
  /** Directory of the journal. */
  readonly root: string
  readonly service: string
  /** This process, as a signed release names it. Undefined before it has a log. */
  readonly owner: () => string | undefined
}

/** The logs of a service with held lines, for `health()` and for a release. */
export class HeldLogs implements HeldLines {
  readonly #options: HeldLogsOptions
  /** The hash of each log that was released as a whole, by directory. */
  readonly #released = new Map<string, string>()
  readonly #delivered: ReleasedGroups = new Map()
  readonly #signed = new SignedRequests()
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
      return `${what}, because nothing shows that this service wrote ${isWhole ? 'it' : 'them'}. Look at '${where}', then run 'audit journal release ${log} --by <person> --key-file <key>', or move the files away.`
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
    const request = this.#checkSigned(release)
    const whole = (directory: string, sha256: string) => {
      this.#released.set(directory, sha256)
      this.#options.deliver(directory, sha256)
    }
    try {
      const count = await releaseHeld(release, await this.#list(), {
        ...this.#options,
        delivered: this.#delivered,
        deliver: whole,
      })
      if (request !== undefined) this.#signed.use(request)
      return count
    } finally {
      await this.list().catch(() => undefined)
    }
  }

  /**
   * The lines of a log that a person released as a whole. Undefined if no person did, or its lines are not those that the person
   * released: then the log is held again, because any user who can write its files can add lines after a release.
   */
  async releasedLines(directory: string, source: string): Promise<ReleasedLines | undefined> {
    const released = this.#released.get(directory)
    if (released === undefined) return undefined
    const { sha256, lines } = await readReleasedLog(this.#options.fileSystem, directory, source)
    if (sha256 === released) return lines
    this.#released.delete(directory)
    return undefined
  }

  /** True if a person released the whole log since this process began, and it was not changed as far as is known. */
  wasReleased(directory: string): boolean {
    return this.#released.has(directory)
  }

  /** Returns what names a signed release. Undefined if a person in this process made it. */
  #checkSigned({ owner, log, sha256 }: HeldRelease): string | undefined {
    if (owner === undefined) return undefined
    const request = JSON.stringify([log, sha256])
    const isForUs = owner === this.#options.owner()
    this.#signed.check(request, { isForUs, refused: 'Nothing was released: the release' })
    return request
  }
}
