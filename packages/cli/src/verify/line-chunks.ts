import { createGunzip } from 'node:zlib'
import type { FileHandle } from 'node:fs/promises'
import { areBytesAt } from './bytes-at.ts'
import { openGiven, openInside } from './input-file.ts'

/** Some lines, without their ends. They are valid until the next ones are requested, and the caller may overwrite them. */
export interface LineChunk {
  readonly lines: readonly Buffer[]
  /** The last of them has no end. */
  readonly isTorn: boolean
  /** Number of bytes of the input that were read for them. */
  readonly bytes: number
}

/** Size of a chunk of a compressed file. */
const CHUNK_BYTES = 1 << 18
/** Size of one read. It grows for long lines, and begins small, because a trail may have 20,000 short files. */
const ROOM = 1 << 18
const FIRST_ROOM = 1 << 13
/** Twice the largest event. */
const MAX_LINE_BYTES = 2 << 20
/** A file is not read beyond this many bytes without a line end: it may be sparse, or a gzip bomb. */
const MAX_ENDLESS_BYTES = 128 << 20
const LINE_END = 10
const noLine = Buffer.alloc(0)
const BYTE_ORDER_MARK = Buffer.from('\ufeff')

/**
 * The lines of a file that a person named, unpacked if it is called `.gz`, in bounded memory. Rejects with errors of the file
 * system and of zlib.
 */
export async function* linesOfFile(path: string, signal?: AbortSignal): AsyncGenerator<LineChunk> {
  const file = await openGiven(path)
  if (!path.endsWith('.gz')) return yield* linesOf(file, signal)
  const packed = file.createReadStream({ highWaterMark: CHUNK_BYTES, ...(signal && { signal }) })
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES })
  packed.on('error', (error) => unpacked.destroy(error))
  try {
    yield* splitLines(packed.pipe(unpacked))
  } finally {
    packed.destroy()
  }
}

/** The lines of a file inside of a journal: `NotAFileError` for a link, a pipe or a device. */
export async function* linesOfSegment(path: string, signal?: AbortSignal): AsyncGenerator<LineChunk> {
  yield* linesOf(await openInside(path), signal)
}

/** The lines of a stream of bytes. One that is longer than any event is given as an empty one. */
export async function* splitLines(chunks: AsyncIterable<unknown>): AsyncGenerator<LineChunk> {
  const splitter = new LineSplitter()
  for await (const chunk of chunks) {
    const bytes = chunk as Buffer
    for (let at = 0; at < bytes.length;) {
      const count = bytes.copy(splitter.room(), 0, at)
      at += count
      yield { lines: splitter.take(count), isTorn: false, bytes: count }
    }
    if (splitter.isEndless) break
  }
  yield* splitter.end()
}

/** Reads into the same memory again and again: a stream would take new memory for each chunk, faster than it is collected. */
async function* linesOf(file: FileHandle, signal?: AbortSignal): AsyncGenerator<LineChunk> {
  // A pipe may have nothing to give for a long time, and a stream can be left then.
  if (!(await file.stat()).isFile()) return yield* splitLines(file.createReadStream(signal && { signal }))
  try {
    const splitter = new LineSplitter()
    for (;;) {
      signal?.throwIfAborted()
      const room = splitter.room()
      const { bytesRead } = await file.read(room, 0, room.length)
      if (bytesRead === 0) break
      yield { lines: splitter.take(bytesRead), isTorn: false, bytes: bytesRead }
      if (splitter.isEndless) break
    }
    yield* splitter.end()
  } finally {
    await file.close()
  }
}

/** Finds lines in bytes that come piece by piece. */
class LineSplitter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_ROOM)
  /** Begin of the line whose end has not been read yet, and the end of its bytes. */
  #start = 0
  #end = 0
  #isOverlong = false
  /** Bytes of the line that is too long. */
  #skipped = 0
  /** The last read filled its room, so there is more to read. */
  #isFull = false

  get isEndless(): boolean {
    return this.#skipped > MAX_ENDLESS_BYTES
  }

  /** The buffer for the next bytes. Lines returned before become invalid. */
  room(): Buffer {
    const rest = this.#bytes.subarray(this.#start, this.#end)
    if (rest.length > MAX_LINE_BYTES) {
      this.#isOverlong = true
      this.#skipped += rest.length
      this.#end = 0
    } else {
      const isSmall = rest.length * 2 > this.#bytes.length || (this.#isFull && this.#bytes.length < ROOM)
      if (isSmall) this.#bytes = Buffer.allocUnsafeSlow(Math.max(ROOM, this.#bytes.length * 2))
      rest.copy(this.#bytes)
      this.#end = rest.length
    }
    this.#start = 0
    return this.#bytes.subarray(this.#end)
  }

  /** Returns the lines that this number of new bytes completes. */
  take(count: number): readonly Buffer[] {
    const lines: Buffer[] = []
    this.#isFull = this.#end + count === this.#bytes.length
    const whole = this.#bytes.subarray(0, this.#end + count)
    for (let end = whole.indexOf(LINE_END, this.#end); end !== -1; end = whole.indexOf(LINE_END, this.#start)) {
      const isOverlong = this.#isOverlong || end - this.#start > MAX_LINE_BYTES
      lines.push(isOverlong ? noLine : whole.subarray(this.#start, end))
      this.#isOverlong = false
      this.#skipped = 0
      this.#start = end + 1
    }
    this.#end = whole.length
    return lines
  }

  /** Returns the rest, which has no line end. */
  *end(): Generator<LineChunk> {
    const rest = this.#bytes.subarray(this.#start, this.#end)
    const isOverlong = this.#isOverlong || rest.length > MAX_LINE_BYTES
    if (rest.length > 0 || isOverlong) yield { lines: [isOverlong ? noLine : rest], isTorn: true, bytes: 0 }
  }
}

/** Some tools write a byte order mark before the first line of a file. */
export function withoutMark(line: Buffer): Buffer {
  return areBytesAt(line, 0, BYTE_ORDER_MARK) ? line.subarray(BYTE_ORDER_MARK.length) : line
}
