import { SinkError } from '@audit/core/sink'
import { constants } from 'node:fs'
import { mkdir, open, stat, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A file that only grows, by whole appends. States: not open, open. */
export class AppendFile {
  readonly #path: string
  readonly #mode: number
  #handle: FileHandle | undefined

  constructor(path: string, mode: number) {
    this.#path = path
    this.#mode = mode
  }

  /**
   * Resolves when the system has every byte. Rejects otherwise, with nothing of the text left at the end of the file, if that can
   * be helped.
   */
  async append(text: string, signal: AbortSignal): Promise<void> {
    const handle = await this.#current()
    const { size } = await handle.stat()
    const startsInLine = size > 0 && !(await endsLine(handle, size))
    // Another writer died in the middle of a line; ours must not become its end.
    const bytes = Buffer.from(startsInLine ? `\n${text}` : text)
    const progress = { written: 0 }
    try {
      await writeAll(handle, bytes, signal, progress)
    } catch (error) {
      await this.#takeBack(handle, size, progress.written)
      throw error
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }

  /** The open file, if it still is the one at the path; otherwise a new one. */
  async #current(): Promise<FileHandle> {
    if (this.#handle && (await isAt(this.#handle, this.#path))) return this.#handle
    await this.close()
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 })
    // Reading as well: the last byte says whether the file ends with a whole line.
    const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT
    const handle = await open(this.#path, flags, this.#mode)
    if ((await handle.stat()).isFIFO()) {
      await handle.close()
      // Opened for reading as well, a pipe never says that its reader is gone: it fills up, and a write never ends.
      throw new SinkError(`Cannot write to ${this.#path}: it is a pipe. Give a file, or stdout: true.`)
    }
    return (this.#handle = handle)
  }

  /** Cuts off what an append that failed has written; on a full disk that works although nothing else does. */
  async #takeBack(handle: FileHandle, size: number, written: number): Promise<void> {
    try {
      const isLast = (await handle.stat()).size === size + written
      // Behind our bytes may stand those of another process. Then ours stay, and the next append ends their half line.
      if (isLast) await handle.truncate(size)
    } catch {
      await this.close().catch(() => undefined)
    }
  }
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

/** False once the file was deleted, or another stands in its place: what is written to it would be seen by nobody. */
async function isAt(handle: FileHandle, path: string): Promise<boolean> {
  const [own, there] = await Promise.all([handle.stat(), stat(path).catch(() => undefined)])
  return there !== undefined && own.nlink > 0 && own.ino === there.ino && own.dev === there.dev
}
