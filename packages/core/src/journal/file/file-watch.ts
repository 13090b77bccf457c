import { join } from 'node:path'
import type { FactAction } from '../../event/event-pattern.ts'
import type { FileSystem } from './file-system.ts'
import type { OwnedSource } from './owned-source.ts'
import type { Segment } from './segment-name.ts'
import { ifMissing } from './small-file.ts'
import { keepDescription } from './source-directory.ts'

export interface FileWatchOptions {
  readonly fileSystem: FileSystem
  /** Resolves once the log says so. */
  readonly tell: (action: FactAction, payload: unknown) => Promise<void>
  /** Runs while nothing is appended. */
  readonly exclusively: <T>(task: () => Promise<T>) => Promise<T>
  readonly warn: (cause: string, message: string) => void
}

/** Notices what somebody else does to the files of a log that is being written. */
export class FileWatch {
  readonly #options: FileWatchOptions
  /** Which file each segment was when it was first seen; nothing once it is gone. */
  readonly #inodes = new Map<string, number | undefined>()

  constructor(options: FileWatchOptions) {
    this.#options = options
  }

  async check(source: OwnedSource): Promise<void> {
    const { fileSystem, warn } = this.#options
    const { log } = source
    await log.ownership.check().catch(() => undefined)
    if (log.ownership.isLost)
      return warn('lost log', `The log in '${log.directory}' is another's now, or gone. Going on with a new one.`)
    await keepDescription(fileSystem, source.directory, log.source)
    await this.#checkCurrent(source)
    for (const { segment } of log.extents) await this.#checkSegment(source, segment)
    this.#forgetAllBut(log.extents.map(({ segment }) => segment))
  }

  /** A segment that was removed or replaced takes no more; the next append makes a new one. */
  async #checkCurrent({ log }: OwnedSource): Promise<void> {
    const { fileSystem, exclusively } = this.#options
    const current = log.current
    if (!current || log.sizeOf(current.segment) === 0) return
    const stat = await fileSystem.stat(join(log.directory, current.segment.name)).catch(ifMissing)
    if (stat?.inode === current.inode) return
    await exclusively(async () => {
      if (log.current === current) await log.abandonSegment()
    })
  }

  async #checkSegment({ log }: OwnedSource, segment: Segment): Promise<void> {
    const { name } = segment
    const { fileSystem, tell, warn } = this.#options
    const path = join(log.directory, name)
    const stat = await fileSystem.stat(path).catch(ifMissing)
    const isTrimmed = !log.extents.some((extent) => extent.segment.name === name)
    if (isTrimmed) return
    const known = this.#inodes.has(name) ? this.#inodes.get(name) : (log.inodeOf(segment) ?? stat?.inode)
    const isSame = stat !== undefined && stat.inode === known
    if (isSame) this.#inodes.set(name, known)
    else if (!this.#inodes.has(name) || known !== undefined) {
      this.#inodes.set(name, undefined)
      warn('missing segment', `'${path}' was removed or replaced while it was in use.`)
      void tell('recovered', { source: log.source, reason: 'missing', segment: name })
    }
  }

  #forgetAllBut(segments: readonly Segment[]): void {
    const names = new Set(segments.map(({ name }) => name))
    for (const name of this.#inodes.keys()) if (!names.has(name)) this.#inodes.delete(name)
  }
}
