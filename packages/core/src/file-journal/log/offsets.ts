import { join } from 'node:path'
import { AuditError } from '../../errors.ts'
import type { FileSystem, OpenFile } from '../../log-format/file-system.ts'
import { OFFSETS_FILE, offsetsLine, readOffsets, type DurableMark, type OffsetsContent } from '../../log-format/offsets-file.ts'
import { replaceFile } from '../../log-format/small-file.ts'

// The offset of each cursor of a source, and the durable end of its log: `{"offsets":{"webhook":41},"durable":{…},"crc":"…"}`.
// Each move adds a line, and later lines count. A move is in the file before its call resolves, so it survives the end of the
// process. Syncs are rare: the only consequence of a power failure is that a batch is delivered again.

/** Large enough to be rewritten rarely, small enough for one read. */
const MAX_BYTES = 256 << 10

/** A cursor's offset that is beyond the end of the log. */
export interface BeyondEnd {
  readonly name: string
  readonly offset: number
}

export class Offsets {
  readonly #fileSystem: FileSystem
  readonly #path: string
  readonly #warn: (message: string) => void
  readonly #offsets: Map<string, number>
  /**
   * Some names may be lost: an unknown cursor begins at the oldest event, because a repeated event is better than a missed one.
   */
  readonly mayMissNames: boolean
  #file: OpenFile | undefined
  #bytes = Infinity
  #changed = new Set<string>()
  #writing: Promise<void> | undefined
  #isSynced = true
  #mark: () => DurableMark | undefined
  #markedEnd = -1

  private constructor(fileSystem: FileSystem, path: string, kept: OffsetsContent | undefined, warn: (message: string) => void) {
    this.#fileSystem = fileSystem
    this.#path = path
    this.#offsets = kept?.offsets ?? new Map()
    this.#mark = () => kept?.mark
    this.mayMissNames = kept?.mayMissNames ?? true
    this.#warn = warn
  }

  static async open(
    fileSystem: FileSystem,
    directory: string,
    options: { readonly isNew: boolean; readonly warn: (message: string) => void },
  ): Promise<Offsets> {
    const path = join(directory, OFFSETS_FILE)
    const kept = options.isNew
      ? { offsets: new Map(), mark: undefined, mayMissNames: false }
      : await load(fileSystem, directory, options.warn)
    const offsets = new Offsets(fileSystem, path, kept, options.warn)
    // The lines of the last owner may be in the page cache only.
    offsets.#isSynced = kept === undefined
    await offsets.sync()
    return offsets
  }

  /** The end of the log that the last owner knew to be durable. */
  get mark(): DurableMark | undefined {
    return this.#mark()
  }

  /** From now on, each line has the current result of `mark`. */
  follow(mark: () => DurableMark | undefined): void {
    this.#mark = mark
  }

  /** Writes the durable end, if it is beyond the one in the file. */
  keepMark(): Promise<void> {
    if (this.mayMissNames && !this.#file) return Promise.resolve()
    return this.#markEnd === this.#markedEnd ? Promise.resolve() : this.#write()
  }

  /**
   * Resets every offset beyond the end of the log to `first`: a cursor there would never get the events that are appended before
   * its offset. Returns the offsets that were reset.
   */
  resetBeyond(end: number, first: number): readonly BeyondEnd[] {
    const beyond = Array.from(this.#offsets, ([name, offset]) => ({ name, offset })).filter(({ offset }) => offset > end)
    for (const { name } of beyond) {
      this.#offsets.set(name, first)
      this.#changed.add(name)
    }
    return beyond
  }

  get names(): readonly string[] {
    return [...this.#offsets.keys()]
  }

  get(name: string): number | undefined {
    return this.#offsets.get(name)
  }

  /** Resolves once the offset is in the file. A failed write is reported, and the offset is kept in memory. */
  set(name: string, offset: number): Promise<void> {
    if (this.#offsets.get(name) === offset) return this.#writing ?? Promise.resolve()
    this.#offsets.set(name, offset)
    this.#changed.add(name)
    return this.#write()
  }

  async forget(name: string): Promise<void> {
    await this.#writing
    if (this.#offsets.delete(name)) await this.#rewrite()
  }

  /** Makes the written lines survive a power failure too. */
  async sync(): Promise<void> {
    if (this.#isSynced) return
    this.#isSynced = true
    try {
      if (this.#file) return await this.#file.sync()
    } catch {
      // After a failed sync, a successful one of this file proves nothing: a new file replaces it.
    }
    this.#isSynced = false
    this.#bytes = Infinity
    const rewrite = () => this.#rewrite().catch((error: unknown) => this.#complain(error))
    this.#writing = (this.#writing ?? Promise.resolve()).then(rewrite)
    await this.#writing
  }

  async close(): Promise<void> {
    await this.keepMark()
    await this.#writing
    await this.sync()
    await this.release()
  }

  /** Closes the file without writing. */
  async release(): Promise<void> {
    await this.#file?.close().catch(() => undefined)
    this.#file = undefined
  }

  get #markEnd(): number {
    return this.#mark()?.end ?? -1
  }

  /** Changes during a write go into the next line together. */
  #write(): Promise<void> {
    this.#writing = this.#writing ? this.#writing.then(() => this.#writeChanged()) : this.#writeChanged()
    return this.#writing
  }

  async #writeChanged(): Promise<void> {
    const mark = this.#mark()
    if (this.#changed.size === 0 && this.#markEnd === this.#markedEnd) return
    const changed = [...this.#changed]
    this.#changed.clear()
    try {
      if (!this.#file || this.#bytes > MAX_BYTES) return await this.#rewrite()
      const line = offsetsLine(
        changed.map((name) => [name, this.#offsets.get(name)!]),
        mark,
        this.mayMissNames,
      )
      this.#isSynced = false
      if ((await this.#file.write(line)) !== line.length) throw Object.assign(new Error('The disk is full.'), { code: 'ENOSPC' })
      this.#bytes += line.length
      this.#markedEnd = mark?.end ?? -1
    } catch (error) {
      this.#bytes = Infinity
      this.#complain(error)
    }
  }

  async #rewrite(): Promise<void> {
    const mark = this.#mark()
    const line = offsetsLine([...this.#offsets], mark, this.mayMissNames)
    const before = this.#file
    this.#file = await replaceFile(this.#fileSystem, this.#path, line)
    this.#bytes = line.length
    this.#markedEnd = mark?.end ?? -1
    this.#isSynced = true
    await before?.close().catch(() => undefined)
  }

  #complain(error: unknown): void {
    const { code = 'an unknown error' } = error as NodeJS.ErrnoException
    this.#warn(
      `The offsets of the sinks could not be written (${code}). If the process ends now, some events are delivered again.`,
    )
  }
}

/** Undefined if nothing in the file can be read. Then every sink begins at the oldest event. */
async function load(
  fileSystem: FileSystem,
  directory: string,
  warn: (message: string) => void,
): Promise<OffsetsContent | undefined> {
  try {
    return await readOffsets(fileSystem, directory)
  } catch (error) {
    if (!AuditError.isInstance(error)) throw error
    warn(`${error.message} Every sink begins at the oldest event that is kept.`)
    return undefined
  }
}
