import { createHash } from 'node:crypto'
import { basename, join } from 'node:path'
import type { HeldLines, HeldLog, HeldRelease } from '../held.ts'
import type { FileSystem } from './file-system.ts'
import { listHeld, readHeld, type HeldContent, type HeldFile } from './held-lines.ts'
import { releaseHeld, type ReleaseOptions } from './held-release.ts'
import { parseSegment } from './segment-name.ts'
import { heldIn, listSourceDirectories } from './source-directory.ts'

/** The held lines of one log. */
export interface Held extends HeldLog {
  readonly directory: string
  readonly files: readonly { readonly file: HeldFile; readonly content: HeldContent }[]
}

/**
 * Reads the held and recorded lines of a log. Undefined if there are none. Leaves out lines that a crash cut off: their callers
 * never got a result.
 */
export async function readHeldLog(fileSystem: FileSystem, directory: string): Promise<Held | undefined> {
  const log = basename(directory)
  const whole = await heldIn(fileSystem, directory)
  if (whole !== undefined)
    return { log, directory, lines: whole, sha256: [await hashOfLog(fileSystem, directory)], isWhole: true, files: [] }
  const files = []
  for (const file of await listHeld(fileSystem, directory))
    if (file.reason === 'unauthenticated' && file.isRecorded) files.push({ file, content: await readHeld(fileSystem, file) })
  if (files.length === 0) return undefined
  const lines = files.reduce((sum, { content }) => sum + content.lines, 0)
  return { log, directory, lines, sha256: files.map(({ content }) => content.sha256), isWhole: false, files }
}

export interface HeldLogsOptions extends ReleaseOptions {
  /** Directory of the journal. */
  readonly root: string
  readonly service: string
}

/** The logs of a service with held lines, for `health()` and for a release. */
export class HeldLogs implements HeldLines {
  readonly #options: HeldLogsOptions
  readonly #released = new Set<string>()
  #held: readonly Held[] = []

  constructor(options: HeldLogsOptions) {
    this.#options = options
  }

  /** One sentence for each log. */
  get problems(): readonly string[] {
    return this.#held.map(({ log, directory, lines, isWhole }) => {
      const what = isWhole ? `The log '${log}' is held as a whole` : `${lines} lines of the log '${log}' are held`
      const where = isWhole ? join(directory, 'log') : join(directory, 'held')
      return `${what}: nothing shows that this service wrote them. Look at '${where}'; then run 'audit journal release ${log} --by <person>', or move it away.`
    })
  }

  async list(): Promise<readonly Held[]> {
    const { fileSystem, root, service } = this.#options
    const held: Held[] = []
    for (const directory of await listSourceDirectories(fileSystem, root, service)) {
      if (this.#released.has(directory)) continue
      // A process that takes logs sets aside a log whose files cannot be read.
      const found = await readHeldLog(fileSystem, directory).catch(() => undefined)
      if (found) held.push(found)
    }
    return (this.#held = held)
  }

  async release(release: HeldRelease): Promise<number> {
    const { deliver } = this.#options
    const whole = (directory: string) => {
      this.#released.add(directory)
      deliver(directory)
    }
    try {
      return await releaseHeld(release, await this.list(), { ...this.#options, deliver: whole })
    } finally {
      await this.list().catch(() => undefined)
    }
  }

  isReleased(directory: string): boolean {
    return this.#released.has(directory)
  }
}

/** Hash of each segment, by name. */
async function hashOfLog(fileSystem: FileSystem, directory: string): Promise<string> {
  const log = join(directory, 'log')
  const sha256 = createHash('sha256')
  for (const name of (await fileSystem.list(log)).filter((each) => parseSegment(each)).toSorted()) {
    const file = await fileSystem.open(join(log, name), 'read')
    try {
      const bytes = Buffer.allocUnsafe(1 << 20)
      for (let place = 0, count = -1; count !== 0; place += count) {
        count = await file.read(bytes, place)
        sha256.update(bytes.subarray(0, count))
      }
    } finally {
      await file.close()
    }
  }
  return sha256.digest('hex')
}
