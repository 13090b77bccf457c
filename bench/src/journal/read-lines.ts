import type { FileHandle } from 'node:fs/promises'

const CHUNK_BYTES = 256 << 10
const LINE_END = 10

/** Calls back with the position of each line in the bytes, without its line end: the least work of reading lines. */
export async function readLines(file: FileHandle, onLine: (bytes: Buffer, start: number, end: number) => void): Promise<void> {
  const bytes = Buffer.allocUnsafe(CHUNK_BYTES)
  let kept = 0
  for (;;) {
    const { bytesRead } = await file.read(bytes, kept, CHUNK_BYTES - kept)
    if (bytesRead === 0) return
    const filled = kept + bytesRead
    let start = 0
    for (let end = bytes.indexOf(LINE_END); end !== -1 && end < filled; end = bytes.indexOf(LINE_END, start)) {
      onLine(bytes, start, end)
      start = end + 1
    }
    bytes.copyWithin(0, start, filled)
    kept = filled - start
  }
}
