/** Number of blocks of lines that are kept separately. */
const MAX_BLOCKS = 32

/** A block is four numbers in a row, since a trail may be of twenty thousand logs: its first sequence, its lines, its times. */
const [FROM, LINES, EARLIEST, LATEST, BLOCK] = [0, 1, 2, 3, 4]

/**
 * The times of the lines after the checkpoints of a log, to decide if they are a tail that the next seal would have covered. The
 * last checkpoint is known only at the end, so lines are kept in blocks, and the tail is measured up to a block too long,
 * not too short.
 */
export class TailTimes {
  #blocks: number[] = []
  #blockLines = 1

  add(sequence: number, time: number): void {
    // A tail in which a line has no time is not limited.
    const [earliest, latest] = Number.isNaN(time) ? [-Infinity, Infinity] : [time, time]
    if (this.#blocks.length === 0 || this.#blocks[this.#blocks.length - BLOCK + LINES]! >= this.#blockLines) {
      if (this.#blocks.length === MAX_BLOCKS * BLOCK) this.#join()
      this.#blocks.push(sequence, 1, earliest, latest)
    } else this.#addTo(this.#blocks, 1, earliest, latest)
  }

  /** A checkpoint covers everything before `size`. */
  coveredTo(size: number): void {
    let first = 0
    for (let at = BLOCK; at < this.#blocks.length && this.#blocks[at + FROM]! <= size; at += BLOCK) first = at
    if (first > 0) this.#blocks = this.#blocks.slice(first)
    const isOne = this.#blocks.length === BLOCK
    if (isOne && this.#blocks[FROM]! + this.#blocks[LINES]! <= size) this.#blocks = []
    if (this.#blocks.length === 0) this.#blockLines = 1
  }

  /** Milliseconds between the earliest and the latest of the lines from `size` on. */
  spanFrom(size: number): number {
    let [earliest, latest] = [Infinity, -Infinity]
    for (let at = 0; at < this.#blocks.length; at += BLOCK) {
      if ((this.#blocks[at + BLOCK + FROM] ?? Infinity) <= size) continue
      earliest = Math.min(earliest, this.#blocks[at + EARLIEST]!)
      latest = Math.max(latest, this.#blocks[at + LATEST]!)
    }
    return latest === -Infinity && earliest === Infinity ? 0 : latest - earliest
  }

  #join(): void {
    this.#blockLines *= 2
    const joined: number[] = []
    for (let at = 0; at < this.#blocks.length; at += BLOCK) {
      const [from, lines, earliest, latest] = this.#blocks.slice(at, at + BLOCK) as [number, number, number, number]
      if (joined.length === 0 || joined[joined.length - BLOCK + LINES]! + lines > this.#blockLines)
        joined.push(from, lines, earliest, latest)
      else this.#addTo(joined, lines, earliest, latest)
    }
    this.#blocks = joined
  }

  #addTo(blocks: number[], lines: number, earliest: number, latest: number): void {
    const last = blocks.length - BLOCK
    blocks[last + LINES] = blocks[last + LINES]! + lines
    blocks[last + EARLIEST] = Math.min(blocks[last + EARLIEST]!, earliest)
    blocks[last + LATEST] = Math.max(blocks[last + LATEST]!, latest)
  }
}
