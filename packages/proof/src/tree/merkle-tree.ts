import { ProofError } from '../proof-error.ts'
import { checkHash, checkHashes, emptyRoot, HASH_BYTES, nodeHash, nodeHashAt } from './hash.ts'
import { checkSize, subtreesOf, type Subtree } from './tree-shape.ts'

/** The state from which a tree can grow on: its size and the hashes of its perfect parts, from left to right. */
export interface Frontier {
  readonly size: number
  readonly hashes: readonly Uint8Array[]
}

export interface MerkleTreeOptions {
  /** Called with every hash that never changes again, leaves (level 0) first. Keep them all to prove anything later. */
  readonly onHash?: (subtree: Subtree, hash: Uint8Array) => void
}

/** Node keeps an array of that size in one piece. */
const FIRST_PARTS = 2

/**
 * An RFC 6962 tree that only grows. It keeps 32 bytes for each doubling of its size. Each leaf costs one hash on average, and a few
 * hundred nanoseconds.
 */
export class MerkleTree {
  readonly #onHash: MerkleTreeOptions['onHash']
  #size: number
  /**
   * The hashes of the perfect parts in a row, the smallest last; the bytes after the first `#parts` are spare. They are one piece of
   * memory, because a program may have twenty thousand trees: as many small arrays would take three times as much.
   */
  #hashes: Uint8Array
  #parts: number

  /**
   * Begins empty, or where `from` ended. Throws `PROOF_MALFORMED` if the hashes do not fit the size, and `PROOF_OUT_OF_RANGE` if
   * no tree has that size.
   */
  constructor(options: MerkleTreeOptions = {}, from: Frontier = { size: 0, hashes: [] }) {
    const parts = subtreesOf(from.size).length
    checkHashes('Frontier hash', from.hashes)
    if (from.hashes.length !== parts) {
      throw new ProofError(
        'PROOF_MALFORMED',
        `A tree of ${from.size} leaves has ${parts} perfect parts, not ${from.hashes.length}.`,
      )
    }
    this.#onHash = options.onHash
    this.#size = from.size
    this.#hashes = new Uint8Array(Math.max(FIRST_PARTS, parts) * HASH_BYTES)
    for (const [at, hash] of from.hashes.entries()) this.#hashes.set(hash, at * HASH_BYTES)
    this.#parts = parts
  }

  /** The number of leaves. */
  get size(): number {
    return this.#size
  }

  /**
   * Adds a leaf by its hash. Throws `PROOF_MALFORMED` if it is not a hash, and `PROOF_OUT_OF_RANGE` if there are already 2^53 - 1
   * leaves. After these, or an error of `onHash`, the tree is unchanged.
   */
  append(leaf: Uint8Array): void {
    checkHash('The leaf', leaf)
    checkSize('The size with one more leaf', this.#size + 1)
    let hash = leaf
    let level = 0
    let index = this.#size
    let kept = this.#parts
    this.#onHash?.({ level, index }, hash)
    // Each part that the leaf completes is joined with its left neighbour, like a carry in a binary counter.
    for (; index % 2 === 1; level++) {
      index = (index - 1) / 2
      hash = nodeHashAt(this.#hashes, --kept * HASH_BYTES, hash)
      this.#onHash?.({ level: level + 1, index }, hash)
    }
    if (kept * HASH_BYTES === this.#hashes.length) this.#makeRoom()
    this.#hashes.set(hash, kept * HASH_BYTES)
    this.#parts = kept + 1
    this.#size++
  }

  /** The root over all current leaves. */
  root(): Uint8Array {
    return rootOfFrontier(this.frontier().hashes)
  }

  /** Returns a copy of the state from which another tree can grow on. */
  frontier(): Frontier {
    const hashes = Array.from({ length: this.#parts }, (_, at) =>
      Buffer.from(this.#hashes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES)),
    )
    return { size: this.#size, hashes }
  }

  #makeRoom(): void {
    const hashes = new Uint8Array(this.#hashes.length * 2)
    hashes.set(this.#hashes)
    this.#hashes = hashes
  }
}

/** Computes the root over perfect parts, from left to right. Throws `PROOF_MALFORMED` if one is not a hash. */
export function rootOfFrontier(hashes: readonly Uint8Array[]): Uint8Array {
  checkHashes('Frontier hash', hashes)
  return hashes.length === 0 ? emptyRoot() : hashes.reduceRight((right, left) => nodeHash(left, right))
}
