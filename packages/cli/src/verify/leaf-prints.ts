import { randomInt } from 'node:crypto'
import { leafHash } from '@audit/proof'

const PRINT_BYTES = 8
const LEAF_BYTES = 32
const FIRST_ROOM = 32

/**
 * Remembers the leaf of each line of a trail, in 16 bytes per line, so that a line that is shown later can be compared with the
 * line that was checked. It keeps 8 bytes of each leaf, at random places: to pass for another line, a forged one would need its
 * whole hash.
 */
export class LeafPrints {
  readonly #places = placesAtRandom()
  readonly #logs = new Map<string, PrintsOfLog>()

  /** Adds a line of the tree of a log. Its sequence is larger than that of the line before. */
  add(source: string, sequence: number, leaf: Uint8Array): void {
    let log = this.#logs.get(source)
    if (!log) this.#logs.set(source, (log = new PrintsOfLog()))
    log.add(sequence, this.#printOf(leaf))
  }

  /** True if the tree of that log has this text, without tag and checksum, at that position. */
  has(source: string, sequence: number, line: string): boolean {
    return (
      this.#logs
        .get(source)
        ?.at(sequence)
        ?.equals(this.#printOf(leafHash(Buffer.from(line)))) ?? false
    )
  }

  #printOf(leaf: Uint8Array): Buffer {
    return Buffer.from(this.#places.map((place) => leaf[place]!))
  }
}

class PrintsOfLog {
  #sequences = new Float64Array(FIRST_ROOM)
  #prints = Buffer.alloc(FIRST_ROOM * PRINT_BYTES)
  #count = 0

  add(sequence: number, print: Buffer): void {
    if (this.#count === this.#sequences.length) this.#grow()
    this.#sequences[this.#count] = sequence
    print.copy(this.#prints, this.#count++ * PRINT_BYTES)
  }

  at(sequence: number): Buffer | undefined {
    let [low, high] = [0, this.#count]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#sequences[middle]! < sequence) low = middle + 1
      else high = middle
    }
    if (low === this.#count || this.#sequences[low] !== sequence) return undefined
    return this.#prints.subarray(low * PRINT_BYTES, (low + 1) * PRINT_BYTES)
  }

  #grow(): void {
    const longer = new Float64Array(this.#sequences.length * 2)
    longer.set(this.#sequences)
    this.#sequences = longer
    this.#prints = Buffer.concat([this.#prints], this.#prints.length * 2)
  }
}

function placesAtRandom(): readonly number[] {
  const all = Array.from({ length: LEAF_BYTES }, (_, place) => place)
  return Array.from({ length: PRINT_BYTES }, () => all.splice(randomInt(all.length), 1)[0]!)
}
