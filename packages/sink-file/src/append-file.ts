import { delay, SinkError, systemClock } from '@audit/core/sink'
import { lstatSync, statSync, type Stats } from 'node:fs'
import { lstat, stat, type FileHandle } from 'node:fs/promises'
import { KernelLock } from './kernel-lock.ts'
import { ifMissing, openExisting, openFile, type OpenFile, type OpenOptions } from './open-file.ts'
import { isRotationDue, moveAside, type RotationRule } from './rotation.ts'

export interface AppendFileOptions extends OpenOptions {
  /** False: no other process writes to the file. */
  readonly lock: boolean
  readonly rotation: RotationRule | undefined
  /** Told of the path of every file that is opened or begun. */
  readonly onOpened: (path: string) => void
}

/**
 * So often in a row a file may be gone from its path when a batch was just written to it. On a busy machine
 * others may rotate it faster than this process gets its turn.
 */
const MOST_TRIES = 50
/** So long a file that was moved away may have no successor before one is made. */
const SUCCESSOR_MS = 1_000

/**
 * A file that only grows, by whole appends, one at a time among all processes that append to it this way. States: not open,
 * open. Texts come in; they are at the path when `append` resolves. Who moves the file away without the lock loses nothing;
 * who truncates it takes what was acknowledged before.
 */
export class AppendFile {
  readonly #path: string
  readonly #options: AppendFileOptions
  #open: OpenFile | undefined
  #lock: { readonly path: string; readonly lock: KernelLock } | undefined
  /** A file was let go of, and not deleted: another will be in its place, or is already. */
  #isLeft = false
  /** Where our last append ended, and the file with it. */
  #end: number | undefined

  constructor(path: string, options: AppendFileOptions) {
    this.#path = path
    this.#options = options
  }

  /** Resolves when the file is open; creates it if it was missing. Rejects with the reason if it cannot be written. */
  async open(signal: AbortSignal): Promise<void> {
    const file = await this.#current(signal)
    if (!file.isRegular) this.#refuseRotation()
    else if (this.#options.lock) await this.#lockOf(file).while(signal, async () => undefined)
  }

  /**
   * Resolves when the system has every byte, or with `fsync: 'batch'` the disk, in the file that then is at the path. Rejects
   * otherwise, with nothing of the text left at the end of the file, if that can be helped.
   */
  async append(text: string, signal: AbortSignal): Promise<void> {
    for (let count = 0; count < MOST_TRIES; count++) {
      const file = await this.#current(signal)
      if (!file.isRegular) return this.#appendToDevice(file, text, signal)
      if (await this.#appendAlone(file, text, signal)) return
      await this.reopen()
    }
    throw new SinkError(`Cannot write to ${this.#path}: whenever it is opened, something takes it away.`)
  }

  /** Lets go of the file; the next append opens the one that is at the path then. */
  async reopen(): Promise<void> {
    const open = this.#open
    if (!open) return
    this.#open = undefined
    this.#end = undefined
    // A file that was deleted has nobody who is about to replace it.
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
   * Who moved the file away may be about to put a new one in its place. If logrotate finds ours there then, it moves that aside too,
   * over what it moved there before.
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
    // A folder that was deleted has no place for a lock either.
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

  /** False, with nothing left behind if that can be helped, when the open file is not the one at the path. */
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
    // Another writer died in the middle of a line; ours must not become its end.
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
      // A failed sync may have thrown away what it could not write, and the next one on the same descriptor says that all is well.
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
   * The file at the path if it is the open one. Who holds the lock has just touched this folder without waiting, and asks the
   * same way: that takes a fiftieth of the time, during which others wait. Without a lock the folder may be on a slow share.
   */
  async #look({ dev, ino }: OpenFile): Promise<Stats | undefined> {
    const noFollow = this.#options.symbolicLinks === 'refuse'
    const there = this.#options.lock
      ? (noFollow ? lstatSync : statSync)(this.#path, { throwIfNoEntry: false })
      : await (noFollow ? lstat : stat)(this.#path).catch(ifMissing)
    return there?.ino === ino && there.dev === dev ? there : undefined
  }

  /** Cuts off what an append that failed has written; on a full disk that works although nothing else does. */
  async #takeBack(handle: FileHandle, start: number, written: number): Promise<void> {
    try {
      // Behind our bytes may stand those of a program that knows no lock. Then ours stay, and the next append ends their half line.
      if ((await handle.stat()).size === start + written) await handle.truncate(start)
    } catch {
      await this.reopen().catch(() => undefined)
    }
  }
}

/** Somebody truncated the file meanwhile, and what is left of it is not what was written alone. */
function isCut(size: number, end: number, written: number): boolean {
  return size < end && size !== written
}

/** A write may take fewer bytes than it was given, without an error: on a full disk the error comes with the next one. */
async function writeAll(handle: FileHandle, bytes: Buffer, signal: AbortSignal, progress: { written: number }): Promise<void> {
  while (progress.written < bytes.length) {
    signal.throwIfAborted()
    const { bytesWritten } = await handle.write(bytes, progress.written)
    if (bytesWritten === 0) throw Object.assign(new Error('The file takes no more bytes.'), { code: 'ENOSPC' })
    progress.written += bytesWritten
  }
}

async function endsLine(handle: FileHandle, size: number): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
  return bytesRead === 1 && buffer[0] === 0x0a
}
