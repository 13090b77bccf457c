import { ProofError } from '../proof-error.ts'
import { checkHash, checkHashes, isSameHash, nodeHash } from './hash.ts'
import { rangeHash, type HashReader } from './hash-reader.ts'
import { checkSize, wayTo, type Range } from './tree-shape.ts'

/** The claim that a leaf is in a tree. RFC 6962, section 2.1.1. */
export interface InclusionClaim {
  /** Counted from 0. */
  readonly index: number
  /** The number of leaves in the tree. */
  readonly size: number
  /** The hash of the leaf. */
  readonly leaf: Uint8Array
  readonly root: Uint8Array
  /** Hashes from the leaf's sibling up to a child of the root. */
  readonly proof: readonly Uint8Array[]
}

/**
 * Returns the hashes that lead from a leaf to the root of the tree of that size: at most one for each doubling. Throws
 * `PROOF_OUT_OF_RANGE` if the tree has no such leaf, and `PROOF_MISSING_HASH`.
 */
export function proveInclusion(index: number, size: number, read: HashReader): readonly Uint8Array[] {
  return besideLeaf(index, size).map((range) => rangeHash(range, read))
}

/**
 * Returns only if the leaf is in the tree at that index. Throws `PROOF_MISMATCH` if the hashes lead to another root or are too many
 * or too few, `PROOF_OUT_OF_RANGE` if no tree of that size has such a leaf, `PROOF_MALFORMED` if a hash does not have 32 bytes.
 */
export function verifyInclusion({ index, size, leaf, root, proof }: InclusionClaim): void {
  const beside = besideLeaf(index, size)
  checkHash('The leaf', leaf)
  checkHash('The root', root)
  checkHashes('Proof hash', proof)
  if (beside.length !== proof.length) {
    throw new ProofError(
      'PROOF_MISMATCH',
      `A proof of leaf ${index} of ${size} has ${beside.length} hashes, not ${proof.length}.`,
    )
  }
  const found = proof.reduce(
    (hash, other, at) => (beside[at]!.start > index ? nodeHash(hash, other) : nodeHash(other, hash)),
    leaf,
  )
  if (!isSameHash(found, root))
    throw new ProofError('PROOF_MISMATCH', `Leaf ${index} is not in the tree of ${size} leaves with that root.`)
}

function besideLeaf(index: number, size: number): readonly Range[] {
  checkSize('The size', size)
  checkSize('The index', index)
  if (index >= size) throw new ProofError('PROOF_OUT_OF_RANGE', `A tree of ${size} leaves has no leaf ${index}.`)
  return wayTo(index, size, ({ start, end }) => end - start === 1).beside
}
