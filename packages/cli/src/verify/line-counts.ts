import type { Span } from './tree-evidence.ts'

/** Number of the latest holes that are kept separately. */
const MAX_HOLES = 1_024

/** The number of leaves of a tree that have a line, for any earlier size. A hole is a leaf without a line. */
export class LineCounts {
  lines = 0
  /** The number of leaves, those before the first included. */
  end = 0
  #holes: Span[] | undefined
  /** Before it, holes are forgotten. */
  #knownFrom = 0

  /** The next leaf has this sequence; nothing is known of those before it. */
  startAt(sequence: number): void {
    this.end = this.#knownFrom = sequence
    this.#holes = undefined
  }

  addLine(): void {
    this.lines++
    this.end++
  }

  addHole(): void {
    this.#holes ??= []
    const last = this.#holes.at(-1)
    if (last?.to === this.end) this.#holes[this.#holes.length - 1] = { from: last.from, to: this.end + 1 }
    else this.#holes.push({ from: this.end, to: this.end + 1 })
    if (this.#holes.length > MAX_HOLES) this.#knownFrom = this.#holes.shift()!.to
    this.end++
  }

  /** No later call asks for a smaller size. */
  forgetBelow(size: number): void {
    if (this.#holes) this.#holes = this.#holes.filter(({ to }) => to > size)
  }

  /**
   * The number of lines among the first `size` leaves. Too low if that is too long ago, so that the count of proven events is
   * never too high.
   */
  at(size: number): number {
    if (size >= this.end) return this.lines
    const from = Math.max(size, this.#knownFrom)
    let holes = 0
    for (const hole of this.#holes ?? []) holes += Math.max(0, hole.to - Math.max(hole.from, from))
    return Math.max(0, this.lines - (this.end - size - holes))
  }
}
