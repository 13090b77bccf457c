import type { OpenFile } from './file-system.ts'

const CHUNK_BYTES = 256 << 10
/** A log may have a hundred thousand small segments, and memory that is thrown away costs more than all that is read. */
const FIRST_CHUNK_BYTES = 8 << 10
/** Twice the largest event: what goes on longer is no line of ours. */
const MAX_LINE_BYTES = 2 << 20
/** Damage may be large. A file that goes on without a line end beyond that was not written by the journal: it may be sparse. */
export const MAX_SKIPPED_BYTES: number = 64 << 20
const LINE_END = 10

/** Splits a file into lines, in bounded memory, however long a line pretends to be. It ends with a line that does not end. */
export class LineReader {
  readonly #file: Pick<OpenFile, 'read'>
  #buffer = Buffer.allocUnsafe(FIRST_CHUNK_BYTES)
  /** The last read filled its room, so there is more to read. */
  #isFull = false
  /** What is in the buffer and not taken. */
  #from = 0
  #to = 0
  #position: number
  #isOverlong = false
  /** Bytes of the line that is too long. */
  #skipped = 0

  /** From `position` on, where a line must begin. */
  constructor(file: Pick<OpenFile, 'read'>, position = 0) {
    this.#file = file
    this.#position = position
  }

  /** The next line without its end, or nothing until more is filled in. What it gives holds until then. */
  take(): Buffer | undefined {
    const end = this.#buffer.indexOf(LINE_END, this.#from)
    if (end === -1 || end >= this.#to) return undefined
    const line = this.#isOverlong ? Buffer.alloc(0) : this.#buffer.subarray(this.#from, end)
    this.#isOverlong = false
    this.#skipped = 0
    this.#from = end + 1
    return line
  }

  /** Reads on; false at the end of the file, for now. */
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

  /** The file goes on with a line that is too long to be damage, and is not read any further. */
  get isEndless(): boolean {
    return this.#skipped > MAX_SKIPPED_BYTES
  }

  /** Where in the file the next line begins. */
  get offset(): number {
    return this.#position - (this.#to - this.#from)
  }

  /** Whether there is something after the last line end, as far as it was read. */
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
