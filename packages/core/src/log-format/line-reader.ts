import type { OpenFile } from './file-system.ts'

const CHUNK_BYTES = 256 << 10
/** Small, because a log may have a hundred thousand small segments, and allocating memory would take longer than reading them. */
const FIRST_CHUNK_BYTES = 8 << 10
/** Twice the largest event: the journal never writes a longer line. */
const MAX_LINE_BYTES = 2 << 20
/** Damage may be as large as this. The journal never wrote a file with more bytes without a line end: it may be sparse. */
export const MAX_SKIPPED_BYTES: number = 64 << 20
const LINE_END = 10

/** Splits a file into lines, in bounded memory, however long a line is. An endless line ends the reading. */
export class LineReader {
  readonly #file: Pick<OpenFile, 'read'>
  #buffer = Buffer.allocUnsafe(FIRST_CHUNK_BYTES)
  /** The last read filled its buffer, so there is more to read. */
  #isFull = false
  /** The bytes in the buffer that are not taken yet. */
  #from = 0
  #to = 0
  #position: number
  #isOverlong = false
  /** Bytes of the line that is too long. */
  #skipped = 0

  /** Reads from `position` on, where a line must begin. */
  constructor(file: Pick<OpenFile, 'read'>, position = 0) {
    this.#file = file
    this.#position = position
  }

  /** The next line without its end. Undefined until `fill` has read more. The line is valid until the next `fill`. */
  take(): Buffer | undefined {
    const end = this.#buffer.indexOf(LINE_END, this.#from)
    if (end === -1 || end >= this.#to) return undefined
    const line = this.#isOverlong ? Buffer.alloc(0) : this.#buffer.subarray(this.#from, end)
    this.#isOverlong = false
    this.#skipped = 0
    this.#from = end + 1
    return line
  }

  /** Reads more bytes. False at the current end of the file. */
  async fill(): Promise<boolean> {
    this.#makeRoom()
    if (this.isEndless) return false
    const room = this.#buffer.subarray(this.#to)
    const count = await this.#file.read(room, this.#position)
    this.#isFull = count === room.length
    this.#to += count
    this.#position += count
    return count > 0
  }

  /** True if a line is too long to be damage. The rest of the file is not read. */
  get isEndless(): boolean {
    return this.#skipped > MAX_SKIPPED_BYTES
  }

  /** The offset in the file where the next line begins. */
  get offset(): number {
    return this.#position - (this.#to - this.#from)
  }

  /** True if there are bytes after the last line end that was read. */
  get hasRest(): boolean {
    return this.#isOverlong || this.#to > this.#from
  }

  #makeRoom(): void {
    const rest = this.#to - this.#from
    this.#isOverlong ||= rest > MAX_LINE_BYTES
    if (this.#isOverlong) {
      this.#skipped += rest
      this.#from = this.#to = 0
      return
    }
    const isSmall = rest > this.#buffer.length / 2 || (this.#isFull && this.#buffer.length < CHUNK_BYTES)
    const target = isSmall ? Buffer.allocUnsafe(Math.max(CHUNK_BYTES, this.#buffer.length * 2)) : this.#buffer
    this.#buffer.copy(target, 0, this.#from, this.#to)
    this.#buffer = target
    this.#from = 0
    this.#to = rest
  }
}
