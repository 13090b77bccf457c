import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { HASH_BYTES, ProofError, rootAt, subtreesOf, TILE_WIDTH, tileReader, type Frontier, type HashReader } from '@audit/proof'

import { areBytesAt } from './bytes-at.ts'

const TILE_BYTES = TILE_WIDTH * HASH_BYTES
const AHEAD_BYTES = 256 << 10

/** The hashes that a log keeps beside itself. They say nothing until their root is held against a checkpoint. */
export class TileFiles {
  /** How many leaves they have. */
  readonly count: number
  readonly #directory: string
  readonly #files = new Map<number, number | undefined>()
  readonly #read: HashReader = tileReader((level, index) => this.#tile(level, index))
  readonly #ahead = Buffer.alloc(AHEAD_BYTES)
  #aheadFrom = 0
  #aheadTo = 0

  /** `directory` is the one that has the files `0`, `1`, … It need not be there. */
  constructor(directory: string) {
    this.#directory = directory
    const leaves = this.#file(0)
    this.count = leaves === undefined ? 0 : Math.floor(fstatSync(leaves).size / HASH_BYTES)
  }

  /** Whether the leaf of that sequence is this one. Asked in order, it reads each byte once. */
  hasLeaf(sequence: number, leaf: Uint8Array): boolean {
    const place = sequence * HASH_BYTES
    if (place < this.#aheadFrom || place + HASH_BYTES > this.#aheadTo) {
      this.#aheadFrom = place
      this.#aheadTo = place + readSync(this.#file(0)!, this.#ahead, 0, AHEAD_BYTES, place)
    }
    const at = place - this.#aheadFrom
    return areBytesAt(this.#ahead, at, leaf)
  }

  /** The root over the first so many leaves; nothing if hashes are not there. */
  rootAt(size: number): Uint8Array | undefined {
    return ifThere(() => rootAt(size, this.#read))
  }

  /** What a tree grows on from; nothing if hashes are not there. */
  frontier(size: number): Frontier | undefined {
    const hashes = ifThere(() => subtreesOf(size).map((subtree) => this.#read(subtree)))
    return hashes?.every((hash) => hash !== undefined) ? { size, hashes } : undefined
  }

  get hashes(): HashReader {
    return this.#read
  }

  close(): void {
    for (const file of this.#files.values()) if (file !== undefined) closeSync(file)
    this.#files.clear()
  }

  #tile(level: number, index: number): Uint8Array | undefined {
    const file = this.#file(level)
    if (file === undefined) return undefined
    const bytes = Buffer.alloc(TILE_BYTES)
    const count = readSync(file, bytes, 0, TILE_BYTES, index * TILE_BYTES)
    const whole = count - (count % HASH_BYTES)
    return whole > 0 ? bytes.subarray(0, whole) : undefined
  }

  #file(level: number): number | undefined {
    if (this.#files.has(level)) return this.#files.get(level)
    let file: number | undefined
    try {
      file = openSync(join(this.#directory, String(level)), 'r')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    this.#files.set(level, file)
    return file
  }
}

function ifThere<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof ProofError) return undefined
    throw error
  }
}
