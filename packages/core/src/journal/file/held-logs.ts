import { createHash } from 'node:crypto'
import { basename, join } from 'node:path'
import type { HeldLines, HeldLog, HeldRelease } from '../held.ts'
import type { FileSystem } from './file-system.ts'
import { HeldContents } from './held-contents.ts'
import { listHeld, readHeld, type HeldContent, type HeldFile } from './held-lines.ts'
import { releaseHeld, type ReleaseOptions } from './held-release.ts'
import { LineReader } from './line-reader.ts'
import { parseSegment } from './segment-name.ts'
import { heldIn, listSourceDirectories } from './source-directory.ts'

/** The held lines of one log. */
export interface Held extends HeldLog {
  readonly directory: string
  readonly files: readonly { readonly file: HeldFile; readonly content: HeldContent }[]
}

/**
 * Reads the held and recorded lines of a log. Undefined without such lines. Leaves out lines that a crash cut off: their callers
 * never got a result.
 */
export async function readHeldLog(
  fileSystem: FileSystem,
  directory: string,
  once: ReadOnce = (_, read) => read(() => undefined),
): Promise<Held | undefined> {
  const log = basename(directory)
  const whole = await heldIn(fileSystem, directory)
  if (whole !== undefined) {
    const paths = await segmentsOf(fileSystem, directory)
    const sha256 = [await once(paths, (check) => hashOf(fileSystem, paths, check))]
    return { log, directory, lines: whole, sha256, isWhole: true, files: [] }
  }
  const files = []
  for (const file of await listHeld(fileSystem, directory))
    if (file.reason === 'unauthenticated' && file.isRecorded)
      files.push({ file, content: await once([file.path], (check) => readHeld(fileSystem, file, check)) })
  if (files.length === 0) return undefined
  const lines = files.reduce((sum, { content }) => sum + content.lines, 0)
  return { log, directory, lines, sha256: files.map(({ content }) => content.sha256), isWhole: false, files }
}

/** Returns the earlier result for these files, if they are unchanged. */
type ReadOnce = <Value>(paths: readonly string[], read: (check: () => void) => Promise<Value>) => Promise<Value>

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

async function segmentsOf(fileSystem: FileSystem, directory: string): Promise<readonly string[]> {
  const log = join(directory, 'log')
  const names = (await fileSystem.list(log)).filter((each) => parseSegment(each))
  return names.toSorted().map((name) => join(log, name))
}

/** Hash of all bytes of these files that a reader of the journal reads. */
async function hashOf(fileSystem: FileSystem, paths: readonly string[], check: () => void): Promise<string> {
  const sha256 = createHash('sha256')
  for (const path of paths) {
    const file = await fileSystem.open(path, 'read')
    try {
      const lines = new LineReader({
        async read(bytes, position) {
          check()
          const count = await file.read(bytes, position)
          sha256.update(bytes.subarray(0, count))
          return count
        },
      })
      while (await lines.fill()) while (lines.take());
    } finally {
      await file.close()
    }
  }
  return sha256.digest('hex')
}
