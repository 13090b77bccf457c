import { ProofError } from '../proof-error.ts'
import { checkHash, checkHashes, emptyRoot, nodeHash } from './hash.ts'
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

/**
 * An RFC 6962 tree that only grows. It keeps 32 bytes for each doubling of its size. Each leaf costs one hash on average, and a few
 * hundred nanoseconds.
 */
export class MerkleTree {
  readonly #onHash: MerkleTreeOptions['onHash']
  #size: number
  /**
   * The hashes of the perfect parts, the smallest last; entries after the first `#parts` are spare. Each has its own memory, which
   * is overwritten, not replaced: with twenty thousand growing trees, replaced ones would keep as many parts of Buffer's pool alive.
   */
  readonly #hashes: Uint8Array[]
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
    this.#hashes = from.hashes.map((hash) => new Uint8Array(hash))
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
      hash = nodeHash(this.#hashes[--kept]!, hash)
      this.#onHash?.({ level: level + 1, index }, hash)
    }
    if (kept < this.#hashes.length) this.#hashes[kept]!.set(hash)
    else this.#hashes.push(new Uint8Array(hash))
    this.#parts = kept + 1
    this.#size++
  }

  /** The root over all current leaves. */
  root(): Uint8Array {
    return rootOfFrontier(this.frontier().hashes)
  }

  /** Returns a copy of the state from which another tree can grow on. */
  frontier(): Frontier {
    return { size: this.#size, hashes: this.#hashes.slice(0, this.#parts).map((hash) => Buffer.from(hash)) }
  }
}

/** Computes the root over perfect parts, from left to right. Throws `PROOF_MALFORMED` if one is not a hash. */
export function rootOfFrontier(hashes: readonly Uint8Array[]): Uint8Array {
  checkHashes('Frontier hash', hashes)
  return hashes.length === 0 ? emptyRoot() : hashes.reduceRight((right, left) => nodeHash(left, right))
}
