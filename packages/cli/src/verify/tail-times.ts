/** Number of blocks of lines that are kept separately. */
const MAX_BLOCKS = 32

interface Block {
  readonly from: number
  lines: number
  earliest: number
  latest: number
}

/**
 * The times of the lines behind the checkpoints of a log, to decide if they are a tail that the next seal would have covered. The
 * last checkpoint is the last is known at the end only, so lines are kept in blocks, and the tail is reckoned a block too long,
 * not too short.
 */
export class TailTimes {
  #blocks: Block[] = []
  #blockLines = 1

  add(sequence: number, time: number): void {
    let block = this.#blocks.at(-1)
    if (!block || block.lines >= this.#blockLines) {
      if (this.#blocks.length === MAX_BLOCKS) this.#join()
      block = { from: sequence, lines: 0, earliest: Infinity, latest: -Infinity }
      this.#blocks.push(block)
    }
    block.lines++
    // A tail in which a line has no time is not limited.
    block.earliest = Math.min(block.earliest, Number.isNaN(time) ? -Infinity : time)
    block.latest = Math.max(block.latest, Number.isNaN(time) ? Infinity : time)
  }

  /** A checkpoint covers everything before `size`. */
  coveredTo(size: number): void {
    const firstNeeded = this.#blocks.findLastIndex(({ from }) => from <= size)
    if (firstNeeded > 0) this.#blocks = this.#blocks.slice(firstNeeded)
    const [only] = this.#blocks
    if (this.#blocks.length === 1 && only!.from + only!.lines <= size) this.#blocks = []
    if (this.#blocks.length === 0) this.#blockLines = 1
  }

  /** Milliseconds between the earliest and the latest of the lines from `size` on. */
  spanFrom(size: number): number {
    const from = this.#blocks.filter((_, index) => (this.#blocks[index + 1]?.from ?? Infinity) > size)
    if (from.length === 0) return 0
    return Math.max(...from.map(({ latest }) => latest)) - Math.min(...from.map(({ earliest }) => earliest))
  }

  #join(): void {
    this.#blockLines *= 2
    const joined: Block[] = []
    for (const block of this.#blocks) {
      const last = joined.at(-1)
      if (!last || last.lines + block.lines > this.#blockLines) joined.push(block)
      else {
        last.lines += block.lines
        last.earliest = Math.min(last.earliest, block.earliest)
        last.latest = Math.max(last.latest, block.latest)
      }
    }
    this.#blocks = joined
  }
}
