import { delay, systemClock } from '@audit/core/internal'
import { SinkError } from '@audit/core/sink'
import { lstatSync, statSync, type Stats } from 'node:fs'
import { lstat, stat, type FileHandle } from 'node:fs/promises'
import { KernelLock } from './kernel-lock.ts'
import { ifMissing, openExisting, openFile, type OpenFile, type OpenOptions } from './open-file.ts'
import { isRotationDue, moveAside, type RotationRule } from './rotation.ts'

export interface AppendFileOptions extends OpenOptions {
  /** False: no other process writes to the file. */
  readonly lock: boolean
  readonly rotation: RotationRule | undefined
  /** Called with the path of every file that is opened or created. */
  readonly onOpened: (path: string) => void
}

/**
 * How often in a row a file may disappear from its path just after a batch was written to it. On a busy machine other processes may
 * rotate it faster than this one gets its turn.
 */
const MOST_TRIES = 50
/** How long to wait for a new file at the path after the old one was moved away, before one is created. */
const SUCCESSOR_MS = 1_000

/**
 * A file that only grows, by whole appends, one at a time among all processes that use this class. States: not open, open. Texts
 * come in; they are at the path when `append` resolves. Nothing is lost if another program moves the file away without the lock.
 * If it truncates the file, acknowledged events are lost.
 */
export class AppendFile {
  readonly #path: string
  readonly #options: AppendFileOptions
  #open: OpenFile | undefined
  #lock: { readonly path: string; readonly lock: KernelLock } | undefined
  /** A file was released without being deleted: another will take its place, or already has. */
  #isLeft = false
  /** The end of our last append, if the file ended there. */
  #end: number | undefined

  constructor(path: string, options: AppendFileOptions) {
    this.#path = path
    this.#options = options
  }

  /** Resolves when the file is open; creates it if it was missing. Rejects with the reason if the file cannot be written. */
  async open(signal: AbortSignal): Promise<void> {
    const file = await this.#current(signal)
    if (!file.isRegular) this.#refuseRotation()
    else if (this.#options.lock) await this.#lockOf(file).while(signal, async () => undefined)
  }

  /**
   * Resolves when the operating system has every byte, or with `fsync: 'batch'` the disk, in the file that is then at the path.
   * Otherwise rejects and, if possible, removes the part that was written.
   */
  async append(text: string, signal: AbortSignal): Promise<void> {
    for (let count = 0; count < MOST_TRIES; count++) {
      const file = await this.#current(signal)
      if (!file.isRegular) return this.#appendToDevice(file, text, signal)
      if (await this.#appendAlone(file, text, signal)) return
      await this.reopen()
    }
    throw new SinkError(`Cannot write to ${this.#path}: each time it is opened, something moves or deletes it.`)
  }

  /** Closes the file; the next append opens the one that is at the path then. */
  async reopen(): Promise<void> {
    const open = this.#open
    if (!open) return
    this.#open = undefined
    this.#end = undefined
    // If the file was deleted, no other program is about to replace it.
    this.#isLeft = await open.handle.stat().then(
      ({ nlink }) => nlink > 0,
      () => false,
    )
    await open.handle.close()
  }

  async close(): Promise<void> {
    this.#lock?.lock.close()
    this.#lock = undefined
    await this.reopen()
  }

  async #current(signal: AbortSignal): Promise<OpenFile> {
    if (this.#open) return this.#open
    const successor = this.#isLeft ? await this.#successor(signal) : undefined
    this.#open = successor ?? (await openFile(this.#path, this.#options))
    this.#isLeft = false
    if (this.#open.isRegular) this.#options.onOpened(this.#open.path)
    return this.#open
  }

  /**
   * The program that moved the file away may be about to create a new one. If logrotate then finds a file that we created, it moves
   * that aside too, over the file it moved before.
   */
  async #successor(signal: AbortSignal): Promise<OpenFile | undefined> {
    for (const deadline = systemClock.monotonic() + SUCCESSOR_MS; systemClock.monotonic() < deadline;) {
      const file = await openExisting(this.#path, this.#options)
      if (file) return file
      await delay(systemClock, 5, signal)
      signal.throwIfAborted()
    }
    return undefined
  }

  async #appendAlone(file: OpenFile, text: string, signal: AbortSignal): Promise<boolean> {
    if (!this.#options.lock) return this.#appendTo(file, text, signal)
    // In a deleted folder a lock file cannot be created either.
    if (!(await this.#look(file))) return false
    return this.#lockOf(file).while(signal, () => this.#appendTo(file, text, signal))
  }

  #lockOf({ path }: OpenFile): KernelLock {
    if (this.#lock?.path !== path) {
      this.#lock?.lock.close()
      this.#lock = { path, lock: new KernelLock(`${path}.lock`, this.#options.mode) }
    }
    return this.#lock.lock
  }

  /** Returns false if the open file is not the one at the path, and removes what was written if possible. */
  async #appendTo(file: OpenFile, text: string, signal: AbortSignal): Promise<boolean> {
    const before = await this.#look(file)
    if (!before) return false
    const bytes = Buffer.from(text)
    if (this.#options.rotation && isRotationDue(this.#options.rotation, before, bytes.length, systemClock.now())) {
      await moveAside(file.path, systemClock.now())
      await this.reopen()
      this.#isLeft = false
      return this.#appendTo(await this.#current(signal), text, signal)
    }
    // Another writer may have died in the middle of a line. Our text must not continue that line.
    const isInLine = before.size > 0 && before.size !== this.#end && !(await endsLine(file.handle, before.size))
    const whole = isInLine ? Buffer.concat([Buffer.from('\n'), bytes]) : bytes
    await this.#write(file.handle, whole, before.size, signal)
    const after = await this.#look(file)
    const end = before.size + whole.length
    if (after?.size === end) this.#end = end
    else if (!after || isCut(after.size, end, whole.length)) {
      await this.#takeBack(file.handle, before.size, whole.length)
      return false
    }
    return true
  }

  async #write(handle: FileHandle, bytes: Buffer, start: number, signal: AbortSignal): Promise<void> {
    const progress = { written: 0 }
    this.#end = undefined
    try {
      await writeAll(handle, bytes, signal, progress)
      if (this.#options.fsync === 'batch') await handle.datasync()
    } catch (error) {
      await this.#takeBack(handle, start, progress.written)
      // A failed sync may drop the data it could not write, and the next sync on the same descriptor reports success.
      if (this.#options.fsync === 'batch') await this.reopen()
      throw error
    }
  }

  async #appendToDevice({ handle }: OpenFile, text: string, signal: AbortSignal): Promise<void> {
    this.#refuseRotation()
    await writeAll(handle, Buffer.from(text), signal, { written: 0 })
  }

  #refuseRotation(): void {
    if (this.#options.rotation) throw new SinkError(`Cannot rotate ${this.#path}: it is a device, not a file.`)
  }

  /**
   * Stats the path and returns the result if it is the open file. The lock holder has just accessed this folder synchronously, so it
   * uses the synchronous call: it takes a fiftieth of the time, and others wait. Without a lock the folder may be on a slow share.
   */
  async #look({ dev, ino }: OpenFile): Promise<Stats | undefined> {
    const noFollow = this.#options.symbolicLinks === 'refuse'
    const there = this.#options.lock
      ? (noFollow ? lstatSync : statSync)(this.#path, { throwIfNoEntry: false })
      : await (noFollow ? lstat : stat)(this.#path).catch(ifMissing)
    return there?.ino === ino && there.dev === dev ? there : undefined
  }

  /** Cuts off what a failed append has written. On a full disk this works although writing does not. */
  async #takeBack(handle: FileHandle, start: number, written: number): Promise<void> {
    try {
      // A program without the lock may have written after us. Then our bytes stay, and the next append ends the partial line.
      if ((await handle.stat()).size === start + written) await handle.truncate(start)
    } catch {
      await this.reopen().catch(() => undefined)
    }
  }
}

/** True if another program truncated the file meanwhile, and it now holds more or less than our own bytes. */
function isCut(size: number, end: number, written: number): boolean {
  return size < end && size !== written
}

/** Writes all bytes. A write may accept fewer without an error: on a full disk the error comes with the next write. */
async function writeAll(handle: FileHandle, bytes: Buffer, signal: AbortSignal, progress: { written: number }): Promise<void> {
  while (progress.written < bytes.length) {
    signal.throwIfAborted()
    const { bytesWritten } = await handle.write(bytes, progress.written)
    if (bytesWritten === 0) throw Object.assign(new Error('The file accepts no more bytes.'), { code: 'ENOSPC' })
    progress.written += bytesWritten
  }
}

async function endsLine(handle: FileHandle, size: number): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
  return bytesRead === 1 && buffer[0] === 0x0a
}
