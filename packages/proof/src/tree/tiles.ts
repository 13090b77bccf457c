import { ProofError } from '../proof-error.ts'
import { HASH_BYTES, nodeHash } from './hash.ts'
import type { HashReader } from './hash-reader.ts'
import { checkSize } from './tree-shape.ts'

// C2SP tlog-tiles: the hashes of a tree in files that never change. A tile of level L has up to 256 neighbouring hashes of the
// tree's level 8·L. Hashes between two levels of tiles are computed from the lower one.

/** The number of tree levels in one tile: 2^8 = 256. */
export const TILE_HEIGHT = 8
/** The number of hashes in a full tile. */
export const TILE_WIDTH = 256
const MOST_LEVEL = 63

/** A tile's place in the tree: `width` hashes of the tree's level 8 · `level`, from index · 256 on. */
export interface Tile {
  /** 0 to 63. */
  readonly level: number
  readonly index: number
  /** 1 to 256. Below 256 the tile is partial, and a wider one replaces it later. */
  readonly width: number
}

/** Returns `tile/0/x001/x234/067`, with `.p/17` after it for a partial tile. Throws `PROOF_OUT_OF_RANGE` for an impossible tile. */
export function tilePath({ level, index, width }: Tile): string {
  checkSize('The level of the tile', level)
  checkSize('The index of the tile', index)
  if (level > MOST_LEVEL || !Number.isInteger(width) || width < 1 || width > TILE_WIDTH)
    throw new ProofError('PROOF_OUT_OF_RANGE', `No tile has level ${level} and ${width} hashes.`)
  const digits = String(index).padStart(Math.ceil(String(index).length / 3) * 3, '0')
  const groups = digits.match(/\d{3}/g)!
  const folders = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group))
  return `tile/${level}/${folders.join('/')}${width < TILE_WIDTH ? `.p/${width}` : ''}`
}

/** Reads a path in the form that `tilePath` writes. Returns undefined for any other text. */
export function parseTilePath(path: string): Tile | undefined {
  const [, level, folders, last, width] =
    /^tile\/(\d|[1-5]\d|6[0-3])\/((?:x\d{3}\/)*)(\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path) ?? []
  if (level === undefined) return undefined
  const tile = {
    level: Number(level),
    index: Number(`${folders}${last}`.replace(/[x/]/g, '')),
    width: Number(width ?? TILE_WIDTH),
  }
  const exists = Number.isSafeInteger(tile.index) && tile.width >= 1 && tile.width <= TILE_WIDTH
  return exists && tilePath(tile) === path ? tile : undefined
}

/**
 * Lists the tiles that hold all hashes of a tree of that size, level by level, full tiles first: about one for 255 leaves. Throws
 * `PROOF_OUT_OF_RANGE` if no tree has that size.
 */
export function tilesOf(size: number): readonly Tile[] {
  checkSize('The size', size)
  const tiles: Tile[] = []
  for (let level = 0, hashes = size; hashes > 0; level++, hashes = Math.floor(hashes / TILE_WIDTH)) {
    const full = Math.floor(hashes / TILE_WIDTH)
    for (let index = 0; index < full; index++) tiles.push({ level, index, width: TILE_WIDTH })
    if (hashes % TILE_WIDTH > 0) tiles.push({ level, index: full, width: hashes % TILE_WIDTH })
  }
  return tiles
}

/**
 * Creates a reader of a tree's hashes from its tiles. `readTile` returns the widest tile of a level and index, as bytes, or
 * undefined; the latest result is cached. The reader throws `PROOF_MALFORMED` for bytes that are not 1 to 256 hashes. It does not
 * check them against a root: verify the proofs that are made from them.
 */
export function tileReader(readTile: (level: number, index: number) => Uint8Array | undefined): HashReader {
  let latest: { readonly level: number; readonly index: number; readonly bytes: Uint8Array | undefined } | undefined
  const tileOf = (level: number, index: number) => {
    if (latest?.level === level && latest.index === index) return latest.bytes
    const bytes = readTile(level, index)
    if (bytes && (bytes.length % HASH_BYTES !== 0 || bytes.length === 0 || bytes.length > TILE_WIDTH * HASH_BYTES)) {
      throw new ProofError(
        'PROOF_MALFORMED',
        `Tile ${index} of level ${level} has ${bytes.length} bytes, which is not 1 to ${TILE_WIDTH} hashes.`,
      )
    }
    latest = { level, index, bytes }
    return bytes
  }
  return ({ level, index }) => {
    const tileLevel = Math.floor(level / TILE_HEIGHT)
    // The number of tile hashes that make up the requested one.
    const count = 2 ** (level % TILE_HEIGHT)
    const first = index * count
    const tile = Math.floor(first / TILE_WIDTH)
    const bytes = tileOf(tileLevel, tile)
    const start = (first - tile * TILE_WIDTH) * HASH_BYTES
    if (!bytes || bytes.length < start + count * HASH_BYTES) return undefined
    return perfectRoot(bytes.subarray(start, start + count * HASH_BYTES))
  }
}

/** Computes the root over a power of two of neighbouring hashes. */
function perfectRoot(hashes: Uint8Array): Uint8Array {
  if (hashes.length === HASH_BYTES) return hashes
  return nodeHash(perfectRoot(hashes.subarray(0, hashes.length / 2)), perfectRoot(hashes.subarray(hashes.length / 2)))
}
