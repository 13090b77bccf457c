import { createHash, hash, type Hash } from 'node:crypto'
import type { StoredRecord } from '../../log-format/record-line.ts'
import type { WrittenCheck } from './log-tree.ts'

interface WrittenGroup {
  /** The sequence after its last line. */
  readonly end: number
  readonly digest: string
}

/**
 * Compares lines with digests of the groups that this process wrote, for a signed log without tags. The digests are in memory, so
 * nothing is known of lines from before this process: they count as they are found.
 */
export class DigestCheck implements WrittenCheck {
  /** Sequence of the first line that this process writes. */
  readonly #from: number
  /** Groups that were not read back yet, in order. */
  readonly #groups: WrittenGroup[] = []
  #first = 0
  #hash: Hash | undefined

  constructor(from: number) {
    this.#from = from
  }

  /** A group counts now: its bytes, and the sequence after its last line. */
  add(bytes: Uint8Array, end: number): void {
    this.#groups.push({ end, digest: hash('sha256', bytes, 'base64') })
  }

  next(line: Buffer, { sequence, end }: StoredRecord): boolean | undefined {
    if (sequence < this.#from) return true
    // The last line of a group may be unreadable.
    let isWhole = true
    while (this.#groups[this.#first] && this.#groups[this.#first]!.end <= sequence) {
      this.#forgetFirst()
      isWhole = false
    }
    const group = this.#groups[this.#first]
    if (!group) return false
    this.#hash ??= createHash('sha256')
    this.#hash.update(line).update('\n')
    if (end < group.end) return isWhole ? undefined : false
    const isGood = isWhole && this.#hash.digest('base64') === group.digest
    this.#forgetFirst()
    return isGood
  }

  settle(): void {
    // Each line is hashed at once.
  }

  #forgetFirst(): void {
    this.#hash = undefined
    this.#first++
    // Removing each from the front would move all others each time.
    if (this.#first * 2 <= this.#groups.length) return
    this.#groups.splice(0, this.#first)
    this.#first = 0
  }
}
