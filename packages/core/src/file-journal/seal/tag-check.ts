import { CHECK_BYTES } from '../../log-format/checked-line.ts'
import { GroupCheck, tagAt, tagStart, type GroupTag } from '../../log-format/group-tag.ts'
import type { WrittenCheck } from './log-tree.ts'

/** Compares lines with the tags of their groups. */
export class TagCheck implements WrittenCheck {
  readonly #check: GroupCheck
  /** Adjacent lines of a group that are not hashed yet. A call for each of them would take longer than the hash. */
  #memory: ArrayBufferLike | undefined
  #from = 0
  #to = 0

  /** Without `previous`, the tag of the line before the first one, no group is valid. */
  constructor(keys: readonly Uint8Array[], previous: GroupTag | undefined) {
    this.#check = new GroupCheck(keys)
    if (previous !== undefined) this.#check.begin(previous)
  }

  next(line: Buffer): boolean | undefined {
    const start = tagStart(line, line.length - CHECK_BYTES)
    if (start === undefined) {
      this.#add(line)
      return undefined
    }
    this.settle()
    const tag = tagAt(line, start)
    const isGood = this.#check.end(line.subarray(0, start), tag)
    // The next group may be as it was written. A wrong tag makes it fail too.
    if (!isGood) this.#check.begin(tag)
    return isGood
  }

  settle(): void {
    if (this.#memory) this.#check.add(new Uint8Array(this.#memory, this.#from, this.#to - this.#from))
    this.#memory = undefined
  }

  #add({ buffer, byteOffset, length }: Buffer): void {
    // One byte apart, the line end.
    if (buffer !== this.#memory || byteOffset !== this.#to + 1) {
      this.settle()
      this.#memory = buffer
      this.#from = byteOffset
    }
    this.#to = byteOffset + length
  }
}
