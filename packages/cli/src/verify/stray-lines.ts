/** At most this number of changed lines is named; all are counted. */
const MAX_NAMED = 1_000

/**
 * The lines of a log that differ from their kept hashes. One of the two was changed, and the first checkpoint over them that holds
 * decides which: it has the root of the lines, or of the kept hashes.
 */
export class StrayLines {
  /** No checkpoint has decided yet. */
  #undecided: number[] = []
  /** The tree has the kept hashes of these lines: if a checkpoint over them holds, the lines are changed. */
  #replaced: number[] = []
  readonly changed: number[] = []
  changedCount = 0
  /** Number of changed lines after the proven part. */
  #changedBehindProven = 0
  /** The first damaged hash whose line is unchanged. */
  strayTile: number | undefined

  add(sequence: number): void {
    this.#undecided.push(sequence)
  }

  /** True if the kept hashes match a checkpoint over this number of leaves. */
  useTiles(size: number): void {
    for (const sequence of this.#undecided) this.#replaced.push(sequence)
    this.#undecided = []
    this.confirmTiles(size)
  }

  /** True if a checkpoint over this number of leaves matches the tree in which kept hashes replace lines. */
  confirmTiles(size: number): void {
    if (this.#replaced.length === 0) return
    const changed = this.#replaced.filter((sequence) => sequence < size)
    this.#replaced = this.#replaced.filter((sequence) => sequence >= size)
    this.changedCount += changed.length
    this.#changedBehindProven += changed.length
    for (const sequence of changed) if (this.changed.length < MAX_NAMED) this.changed.push(sequence)
  }

  /** Called if a checkpoint over this number of leaves matches the tree of the lines. True if it covers undecided lines. */
  confirmLines(size: number): boolean {
    const first = this.#undecided.find((sequence) => sequence < size)
    if (first === undefined) return false
    this.strayTile ??= first
    this.#undecided = this.#undecided.filter((sequence) => sequence >= size)
    return true
  }

  /** Returns the number of lines found changed since the last call. */
  takeChanged(): number {
    const count = this.#changedBehindProven
    this.#changedBehindProven = 0
    return count
  }

  /** Called when the tree ends: no later checkpoint can decide. */
  giveUp(): void {
    this.#undecided = []
    this.#replaced = []
  }
}
