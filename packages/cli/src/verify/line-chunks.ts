import { createGunzip } from 'node:zlib'
import type { FileHandle } from 'node:fs/promises'
import { openGiven, openInside } from './input-file.ts'

/** Some lines, without their ends; they hold until the next ones are asked for, and may be written to. */
export interface LineChunk {
  readonly lines: readonly Buffer[]
  /** The last of them has no end. */
  readonly isTorn: boolean
  /** So many bytes of the input were read for them. */
  readonly bytes: number
}

const CHUNK_BYTES = 1 << 20
/** Twice the largest event. */
const MAX_LINE_BYTES = 2 << 20
const LINE_END = 10
const noLine = Buffer.alloc(0)

/** The lines of a file that a person named, unpacked if it is called `.gz`, in bounded memory. Rejects as the file system and zlib do. */
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

function linesOf(file: FileHandle, signal?: AbortSignal): AsyncGenerator<LineChunk> {
  return splitLines(file.createReadStream({ highWaterMark: CHUNK_BYTES, ...(signal && { signal }) }))
}

/** The lines of a stream of bytes. One that is longer than any event is given as an empty one. */
export async function* splitLines(chunks: AsyncIterable<unknown>): AsyncGenerator<LineChunk> {
  let rest: Buffer = noLine
  let isOverlong = false
  for await (const chunk of chunks) {
    const bytes = chunk as Buffer
    const whole = rest.length > 0 ? Buffer.concat([rest, bytes]) : bytes
    const lines: Buffer[] = []
    let start = 0
    for (let end = whole.indexOf(LINE_END, rest.length); end !== -1; end = whole.indexOf(LINE_END, start)) {
      lines.push(isOverlong ? noLine : whole.subarray(start, end))
      isOverlong = false
      start = end + 1
    }
    rest = whole.subarray(start)
    if (rest.length > MAX_LINE_BYTES) [rest, isOverlong] = [noLine, true]
    yield { lines, isTorn: false, bytes: bytes.length }
  }
  if (rest.length > 0 || isOverlong) yield { lines: [isOverlong ? noLine : rest], isTorn: true, bytes: 0 }
}
