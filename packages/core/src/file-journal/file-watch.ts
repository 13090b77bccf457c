import { join } from 'node:path'
import type { SystemAction } from '../event/event-pattern.ts'
import type { FileSystem } from '../log-format/file-system.ts'
import type { ClaimedLog } from './claimed-log.ts'
import type { Segment } from '../log-format/segment-name.ts'
import { ifMissing } from '../log-format/small-file.ts'
import { keepDescription } from '../log-format/source-directory.ts'

export interface FileWatchOptions {
  readonly fileSystem: FileSystem
  /** Resolves once the log has recorded it. */
  readonly record: (action: SystemAction, payload: unknown) => Promise<void>
  /** Runs a task while nothing is appended. */
  readonly exclusively: <T>(task: () => Promise<T>) => Promise<T>
  readonly warn: (cause: string, message: string) => void
}

/** Notices changes that others make to the files of the active log. */
export class FileWatch {
  readonly #options: FileWatchOptions
  /** The inode of each segment; undefined once it was removed or replaced. */
  readonly #inodes = new Map<string, number | undefined>()

  constructor(options: FileWatchOptions) {
    this.#options = options
  }

  async check(source: ClaimedLog): Promise<void> {
    const { fileSystem, warn } = this.#options
    const { log } = source
    await log.fencing.check().catch(() => undefined)
    if (log.fencing.isLost)
      return warn(
        'lost log',
        `The log in '${log.directory}' was removed or taken over by another process. This process continues with a new log.`,
      )
    await keepDescription(fileSystem, source.directory, log.source)
    for (const { segment } of log.extents) await this.#checkSegment(source, segment)
    this.#forgetAllBut(log.extents.map(({ segment }) => segment))
  }

  async #checkSegment({ log }: ClaimedLog, segment: Segment): Promise<void> {
    const { name } = segment
    const { fileSystem, exclusively, record, warn } = this.#options
    const path = join(log.directory, name)
    const stat = await fileSystem.stat(path).catch(ifMissing)
    const isTrimmed = !log.extents.some((extent) => extent.segment.name === name)
    if (isTrimmed) return
    const known = this.#inodes.has(name) ? this.#inodes.get(name) : (log.inodeOf(segment) ?? stat?.inode)
    const isSame = stat !== undefined && stat.inode === known
    if (isSame) this.#inodes.set(name, known)
    else if (!this.#inodes.has(name) || known !== undefined) {
      this.#inodes.set(name, undefined)
      // This segment is not written again; the next append makes a new one.
      await exclusively(async () => {
        if (log.current?.segment === segment) await log.abandonSegment()
      })
      warn('missing segment', `'${path}' was removed or replaced while it was in use.`)
      void record('recovered', { source: log.source, reason: 'missing', segment: name })
    }
  }

  #forgetAllBut(segments: readonly Segment[]): void {
    const names = new Set(segments.map(({ name }) => name))
    for (const name of this.#inodes.keys()) if (!names.has(name)) this.#inodes.delete(name)
  }
}
