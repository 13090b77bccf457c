import type { ComparedTree } from './compared-tree.ts'
import type { TileFiles } from './tile-files.ts'

/** Fills the tree of a log with kept hashes where lines are missing, so that the lines around them can be proven. */
export class FilledHoles {
  readonly #tree: ComparedTree
  readonly #tiles: TileFiles | undefined

  constructor(tree: ComparedTree, tiles: TileFiles | undefined) {
    this.#tree = tree
    this.#tiles = tiles
  }

  /** Begins at the first kept leaf, if the leaves before the first line are kept. */
  begin(first: number): void {
    const tiles = this.#tiles
    if (first === 0 || !tiles || tiles.count < first) return this.#tree.begin(first)
    this.#tree.begin(0)
    this.#fill(0, first)
  }

  skip(from: number, to: number): void {
    const tiles = this.#tiles
    if (tiles && tiles.count >= to && this.#tree.isGrowing) this.#fill(from, to)
    else this.#tree.interrupt(to)
  }

  /** The last lines may be missing while their hashes exist; the lines before them can still be proven. */
  fillUp(end: number | undefined): void {
    const tiles = this.#tiles
    if (!tiles || end === undefined || !this.#tree.isGrowing) return
    const to = this.#tree.largestWaiting(tiles.count)
    if (to > end) this.#fill(end, to)
  }

  /** Problems of the kept hashes, in words. The whole tree was made. */
  problem(): string | undefined {
    const tiles = this.#tiles
    if (!tiles) return undefined
    if (tiles.problem !== undefined) return tiles.problem
    const isWhole = tiles.count === 0 || this.#tree.hasLevels((level, hashes) => tiles.hasLevel(level, hashes))
    tiles.close()
    return isWhole ? undefined : 'the levels of the kept hashes (tiles) do not agree'
  }

  #fill(from: number, to: number): void {
    const tiles = this.#tiles!
    for (let sequence = from; sequence < to; sequence++) {
      const leaf = tiles.leaf(sequence)
      if (!leaf) return this.#tree.interrupt(to)
      this.#tree.addHole(Buffer.from(leaf))
    }
  }
}
