import type { OpenFile } from '../log-format/file-system.ts'
import { LineReader, MAX_SKIPPED_BYTES } from '../log-format/line-reader.ts'
import { readWhole } from '../log-format/small-file.ts'

/** Little at first, since usually only the end is needed. */
const READ_BYTES = { first: 16 << 10, most: 512 << 10 }
/** Twice the largest event: a longer line was not written by us. */
const MAX_LINE_BYTES = 2 << 20
const LINE_END = 10
const NO_BYTES = Buffer.alloc(0)

/**
 * Splits a file into lines from its end, in bounded memory. Text after the last line end is not a line yet. If the file goes on
 * without a line end for too long, as a sparse file does, reading continues where a reader from the front ends.
 */
export class BackwardLines {
  /** Bytes before this position are not read yet. */
  #position: number
  /** The end of a line whose beginning was not read, with its line end. */
  #rest: Buffer = NO_BYTES
  #hasLineEnd = false
  #readBytes = READ_BYTES.first
  /** Bytes since the last line end that was found. */
  #skipped = 0
  #isFromFront = false

  /** Begins at `size`, and reads towards the beginning. */
  constructor(size: number) {
    this.#position = size
  }

  /** Returns the next lines towards the beginning, in the order of the file; undefined at its beginning. */
  async read(file: OpenFile): Promise<readonly Buffer[] | undefined> {
    if (this.#skipped > MAX_SKIPPED_BYTES) await this.#beginBefore(file)
    if (this.#position === 0) return undefined
    const from = Math.max(0, this.#position - this.#readBytes)
    const bytes = Buffer.allocUnsafe(this.#position - from)
    const count = await readWhole(file, bytes, from)
    this.#position = from
    this.#readBytes = Math.min(READ_BYTES.most, this.#readBytes * 2)
    return this.#split(Buffer.concat([bytes.subarray(0, count), this.#rest]))
  }

  async #beginBefore(file: OpenFile): Promise<void> {
    const end = this.#isFromFront ? 0 : await endOfLines(file)
    this.#isFromFront = true
    this.#position = Math.min(this.#position, end)
    this.#rest = NO_BYTES
    this.#hasLineEnd = false
    this.#skipped = 0
  }

  #split(bytes: Buffer): readonly Buffer[] {
    const end = this.#hasLineEnd ? bytes.length : bytes.lastIndexOf(LINE_END) + 1
    if (end === 0) this.#skipped += bytes.length
    if (end === 0) return []
    this.#hasLineEnd = true
    const start = this.#position === 0 ? 0 : bytes.indexOf(LINE_END) + 1
    /**
     * Splits a file into lines from its end, in bounded memory. Text after the last line end is not a line yet. If the file goes on
     * without a line end for too long, as a sparse file does, reading continues where a reader from the front ends.
     */
    this.#rest = start > MAX_LINE_BYTES ? Buffer.of(LINE_END) : Buffer.from(bytes.subarray(0, start))
    const lines: Buffer[] = []
    for (let offset = start; offset < end;) {
      const lineEnd = bytes.indexOf(LINE_END, offset)
      lines.push(bytes.subarray(offset, lineEnd))
      offset = lineEnd + 1
    }
    return lines
  }
}

/** End of the last line that a reader from the front finds. */
async function endOfLines(file: OpenFile): Promise<number> {
  const lines = new LineReader(file)
  let end = 0
  while (await lines.fill()) while (lines.take()) end = lines.offset
  return end
}
