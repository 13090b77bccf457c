import type { ComparedCheckpoint } from './tree-evidence.ts'

/** Checkpoints by the size of their tree, smallest first: a heap of sizes, because checkpoints come in any order and may be many. */
export class CheckpointsBySize {
  readonly #checkpoints = new Map<number, ComparedCheckpoint[]>()
  readonly #sizes: number[] = []

  add(checked: ComparedCheckpoint): void {
    const { size } = checked.checkpoint
    const others = this.#checkpoints.get(size)
    if (others) return void others.push(checked)
    this.#checkpoints.set(size, [checked])
    this.#push(size)
  }

  /** Removes and returns the checkpoints over that size. */
  take(size: number): readonly ComparedCheckpoint[] | undefined {
    const found = this.#checkpoints.get(size)
    if (found) this.#checkpoints.delete(size)
    return found
  }

  /** Removes and returns the checkpoints over the smallest size that is at most `atMost`. */
  takeSmallest(atMost: number): readonly ComparedCheckpoint[] | undefined {
    while (this.#sizes.length > 0 && this.#sizes[0]! <= atMost) {
      const found = this.take(this.#pop())
      if (found) return found
    }
    return undefined
  }

  /** From now on `takeSmallest` ignores checkpoints below that size; `take` does not. */
  passBelow(size: number): void {
    while (this.#sizes.length > 0 && this.#sizes[0]! < size) this.#pop()
  }

  /** The largest size that is at most `atMost`; 0 without one. */
  largest(atMost: number): number {
    let largest = 0
    for (const size of this.#checkpoints.keys()) if (size <= atMost && size > largest) largest = size
    return largest
  }

  #push(size: number): void {
    let at = this.#sizes.push(size) - 1
    for (let above = (at - 1) >> 1; at > 0 && this.#sizes[above]! > size; above = (at - 1) >> 1) {
      this.#sizes[at] = this.#sizes[above]!
      at = above
    }
    this.#sizes[at] = size
  }

  #pop(): number {
    const [smallest, last] = [this.#sizes[0]!, this.#sizes.pop()!]
    const count = this.#sizes.length
    if (count === 0) return smallest
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below + 1 < count && this.#sizes[below + 1]! < this.#sizes[below]!) below++
      if (below >= count || this.#sizes[below]! >= last) break
      this.#sizes[at] = this.#sizes[below]!
      at = below
    }
    this.#sizes[at] = last
    return smallest
  }
}
