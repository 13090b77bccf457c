import { basename } from 'node:path'
import type { FileLock, FileSystem, OpenFile } from '../../../packages/core/src/log-format/file-system.ts'
import { instantDisk } from './instant-disk.ts'
import { eventText, type EventText } from './ledger.ts'

/** Turns of the event loop without a running call, after which a service is idle. */
const QUIET_TURNS = 6

/**
 * The machine's disk for one process. Observes every line that the process appends, and can end the process: from then on no
 * call is answered, and its locks are gone.
 */
export class TappedDisk {
  readonly fileSystem: FileSystem
  readonly #onAppended: (text: EventText) => void
  readonly #locks = new Set<FileLock>()
  /** Files that this process created, by their first name. */
  readonly #created = new Map<string, { path: string }>()
  #pending = 0
  #isDead = false
  /** The next write to a segment is cut off in the middle, and the process ends with it. */
  #diesAtWrite = false

  constructor(onAppended: (text: EventText) => void) {
    this.#onAppended = onAppended
    this.fileSystem = this.#tapped()
  }

  get isDead(): boolean {
    return this.#isDead
  }

  /** Ends it as SIGKILL does: written data stays. */
  kill(): void {
    this.#isDead = true
    for (const lock of this.#locks) lock.release()
    this.#locks.clear()
  }

  /** Ends the process while it writes the next group. */
  killAtNextWrite(): void {
    this.#diesAtWrite = true
  }

  /** Resolves when no call is running, and the earlier ones cause no other. */
  async settled(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet = this.#pending === 0 || this.#isDead ? quiet + 1 : 0)
      await new Promise((resolve) => setImmediate(resolve))
  }

  #tapped(): FileSystem {
    const call = <T>(effect: () => Promise<T>) => this.#call(effect)
    return {
      makeDirectory: (path) => call(() => instantDisk.makeDirectory(path)),
      list: (directory) => call(() => instantDisk.list(directory)),
      open: (path, mode) =>
        call(async () => this.#file(await instantDisk.open(path, mode), mode === 'create' ? path : undefined)),
      rename: (from, to) => call(() => this.#rename(from, to)),
      remove: (path) => call(() => instantDisk.remove(path)),
      stat: (path) => call(() => instantDisk.stat(path)),
      syncDirectory: (path) => call(() => instantDisk.syncDirectory(path)),
      space: (path) => call(() => instantDisk.space(path)),
      lock: (path) => this.#lock(path),
      createSync: (path, bytes) => {
        if (this.#isDead) return
        instantDisk.createSync(path, bytes)
        if (isSegment(path)) this.#hear(bytes)
      },
      isSameSync: (path, stat) => !this.#isDead && instantDisk.isSameSync(path, stat),
    }
  }

  async #rename(from: string, to: string): Promise<void> {
    await instantDisk.rename(from, to)
    const created = this.#created.get(from)
    if (created) created.path = to
  }

  #file(file: OpenFile, createdAs: string | undefined): OpenFile {
    const created = { path: createdAs ?? '' }
    if (createdAs !== undefined) this.#created.set(createdAs, created)
    return {
      write: (bytes, position) =>
        this.#call(async () => {
          // Recovery writes copies under a temporary name; from then on the copy is appended to.
          const isAppendedTo = isSegment(created.path)
          const isLast = isAppendedTo && this.#diesAtWrite
          const taken = isLast ? bytes.subarray(0, Math.ceil(bytes.length * 0.7)) : bytes
          if (isAppendedTo) this.#hear(taken)
          const count = await file.write(taken, position)
          if (isLast) this.kill()
          return count
        }),
      read: (bytes, position) => this.#call(() => file.read(bytes, position)),
      sync: () => this.#call(() => file.sync()),
      stat: () => this.#call(() => file.stat()),
      // A descriptor of a process that has ended must not stay open in this one.
      close: () => (this.#isDead ? file.close() : this.#call(() => file.close())),
    }
  }

  #hear(bytes: Uint8Array): void {
    const lines = Buffer.from(bytes).toString('utf8').split('\n')
    for (const line of lines.slice(0, -1)) this.#onAppended(eventText(line))
  }

  #lock(path: string): FileLock | undefined {
    if (this.#isDead) return undefined
    const lock = instantDisk.lock(path)
    if (lock) this.#locks.add(lock)
    return lock
  }

  async #call<T>(effect: () => Promise<T>): Promise<T> {
    if (this.#isDead) return unanswered()
    this.#pending++
    try {
      const result = await effect()
      return this.#isDead ? await unanswered<T>() : result
    } catch (error) {
      if (this.#isDead) return await unanswered<T>()
      throw error
    } finally {
      this.#pending--
    }
  }
}

function isSegment(path: string): boolean {
  return path.includes('/log/') && basename(path).endsWith('.ndjson')
}

function unanswered<T>(): Promise<T> {
  return new Promise<T>(() => undefined)
}
