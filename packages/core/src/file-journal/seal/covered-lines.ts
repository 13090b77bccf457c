import { HASH_BYTES, leafHash, MerkleTree, nodeHash, rootOfFrontier, subtreesOf, TILE_HEIGHT, TILE_WIDTH } from '@audit/proof'
import type { Checkpoint, Frontier } from '@audit/proof'
import type { TileFiles } from './tile-files.ts'
import { LogReader, type ReadableLog } from '../../log-format/log-reader.ts'

// Compares lines of a log with the leaves that a checkpoint covers. An attacker who can change a line can change its leaf too, so
// a tile counts only if its hashes give the hash in the tile above, and so on up to the root. A tile that does not match is
// recomputed from the level below. If that does not match either, its lines cannot be shown to be unchanged, and they count as
// changed.

/** Bytes of lines in one read, while leaves are recomputed. */
const READ_BYTES = 256 << 10
/** Tiles that are kept in memory, 8 KiB each. A cursor reads them in order, so it needs one of each level. */
const KEPT_TILES = 64

export interface CoveredLinesOptions {
  readonly hashes: TileFiles
  /** Reads the lines, if hashes are damaged or missing. */
  readonly log: ReadableLog
  /** A checkpoint that this process trusts. */
  readonly checkpoint: Checkpoint
  /** The tree of the checkpoint. Left out: it is made from the hashes, or from the lines. */
  readonly frontier?: Frontier
}

export interface HeldLine {
  readonly sequence: number
  /** The line as a sink gets it. */
  readonly line: string
}

export class CoveredLines {
  readonly #options: CoveredLinesOptions
  /** By level and index. Undefined for a tile that cannot be trusted. */
  readonly #tiles = new Map<string, Promise<Uint8Array | undefined>>()
  #frontier: Promise<Frontier | undefined> | undefined

  constructor(options: CoveredLinesOptions) {
    this.#options = options
  }

  /** Number of covered events. Lines from this sequence on are not compared. */
  get size(): number {
    return this.#options.checkpoint.size
  }

  /** The sequences of those covered lines that differ from the checkpoint. Rejects with errors of the disk. */
  async changed(lines: readonly HeldLine[]): Promise<readonly number[]> {
    const changed: number[] = []
    for (const { sequence, line } of lines) {
      if (sequence >= this.size) continue
      const leaves = await this.#tile(0, Math.floor(sequence / TILE_WIDTH))
      const start = (sequence % TILE_WIDTH) * HASH_BYTES
      if (!leaves || Buffer.compare(leafHash(line), leaves.subarray(start, start + HASH_BYTES)) !== 0) changed.push(sequence)
    }
    return changed
  }

  #tile(level: number, index: number): Promise<Uint8Array | undefined> {
    const key = `${level}/${index}`
    const known = this.#tiles.get(key)
    if (known) return known
    if (this.#tiles.size >= KEPT_TILES) this.#tiles.clear()
    const tile = this.#trusted(level, index)
    this.#tiles.set(key, tile)
    // The disk may fail for a moment, so a failed read is tried again.
    tile.catch(() => this.#tiles.delete(key))
    return tile
  }

  async #trusted(level: number, index: number): Promise<Uint8Array | undefined> {
    const width = Math.min(TILE_WIDTH, Math.floor(this.size / TILE_WIDTH ** level) - index * TILE_WIDTH)
    const isRight = width === TILE_WIDTH ? await this.#isFull(level, index) : await this.#isPartial(level, width)
    if (!isRight) return undefined
    const kept = (await this.#options.hashes.tile(level, index)).subarray(0, width * HASH_BYTES)
    if (kept.length === width * HASH_BYTES && isRight(kept)) return kept
    const made = await this.#madeAgain(level, index, width)
    return made && isRight(made) ? made : undefined
  }

  /** Recomputes one hash of the tile above from all hashes of a full tile. */
  async #isFull(level: number, index: number): Promise<((tile: Uint8Array) => boolean) | undefined> {
    const above = await this.#tile(level + 1, Math.floor(index / TILE_WIDTH))
    const start = (index % TILE_WIDTH) * HASH_BYTES
    return above && ((tile) => Buffer.compare(perfectRoot(tile), above.subarray(start, start + HASH_BYTES)) === 0)
  }

  /** The perfect parts of the last tile of a level are among those that make the root. */
  async #isPartial(level: number, width: number): Promise<((tile: Uint8Array) => boolean) | undefined> {
    const frontier = await (this.#frontier ??= this.#trustedFrontier())
    if (!frontier) return undefined
    const levels = subtreesOf(frontier.size).map((subtree) => subtree.level)
    return (tile) =>
      subtreesOf(width).every((part) => {
        const [start, length] = [part.index * 2 ** part.level * HASH_BYTES, 2 ** part.level * HASH_BYTES]
        const expected = frontier.hashes[levels.indexOf(level * TILE_HEIGHT + part.level)]!
        return Buffer.compare(perfectRoot(tile.subarray(start, start + length)), expected) === 0
      })
  }

  async #trustedFrontier(): Promise<Frontier | undefined> {
    const { hashes, checkpoint, frontier } = this.#options
    if (frontier) return frontier
    const kept = await hashes.frontier(checkpoint.size)
    if (makesRoot(kept, checkpoint)) return kept
    const tree = new MerkleTree()
    if (!(await this.#eachLine(0, checkpoint.size, (line) => tree.append(leafHash(line))))) return undefined
    return makesRoot(tree.frontier(), checkpoint) ? tree.frontier() : undefined
  }

  /** Recomputed from the lines, or from the unchecked tiles of the level below. Undefined if some are missing. */
  async #madeAgain(level: number, index: number, width: number): Promise<Uint8Array | undefined> {
    const hashes: Uint8Array[] = []
    const first = index * TILE_WIDTH
    if (level === 0) {
      const isWhole = await this.#eachLine(first, first + width, (line) => hashes.push(leafHash(line)))
      return isWhole ? Buffer.concat(hashes) : undefined
    }
    for (let below = first; below < first + width; below++) {
      const tile = await this.#options.hashes.tile(level - 1, below)
      if (tile.length < TILE_WIDTH * HASH_BYTES) return undefined
      hashes.push(perfectRoot(tile))
    }
    return Buffer.concat(hashes)
  }

  /** False if one of them cannot be read. */
  async #eachLine(first: number, end: number, look: (line: string) => void): Promise<boolean> {
    const reader = new LogReader(this.#options.log)
    try {
      let next = first
      while (next < end) {
        const { records } = await reader.read(next, READ_BYTES)
        if (records.length === 0) return false
        for (const { sequence, line } of records) {
          if (next >= end) break
          if (sequence !== next++) return false
          look(line)
        }
      }
      return true
    } finally {
      await reader.release()
    }
  }
}

/** True if all these hashes are present and give the root of the checkpoint. */
export function makesRoot({ hashes }: Frontier, { root }: Pick<Checkpoint, 'root'>): boolean {
  return hashes.every((hash) => hash.length > 0) && Buffer.compare(rootOfFrontier(hashes), root) === 0
}

/** The root over a power of two of neighbouring hashes. */
function perfectRoot(hashes: Uint8Array): Uint8Array {
  if (hashes.length === HASH_BYTES) return hashes
  const middle = hashes.length / 2
  return nodeHash(perfectRoot(hashes.subarray(0, middle)), perfectRoot(hashes.subarray(middle)))
}
