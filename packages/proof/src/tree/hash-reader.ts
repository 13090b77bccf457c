import { ProofError } from '../proof-error.ts'
import { nodeHash } from './hash.ts'
import { rootOfFrontier } from './merkle-tree.ts'
import { ceilLog2, splitOf, subtreesOf, type Range, type Subtree } from './tree-shape.ts'

/** Returns the hash of a perfect part of a tree, or undefined if it does not have it. The hash is used unchecked. */
export type HashReader = (subtree: Subtree) => Uint8Array | undefined

/** Computes the root the tree had at this size. Throws `PROOF_MISSING_HASH`, and `PROOF_OUT_OF_RANGE` if no tree has that size. */
export function rootAt(size: number, read: HashReader): Uint8Array {
  return rootOfFrontier(subtreesOf(size).map((subtree) => hashOf(subtree, read)))
}

/** Computes the hash over a range of leaves. It begins where a proof cuts, so that all parts but the last are perfect. */
export function rangeHash({ start, end }: Range, read: HashReader): Uint8Array {
  const size = end - start
  const level = ceilLog2(size)
  if (2 ** level === size) return hashOf({ level, index: start / size }, read)
  const split = start + splitOf(size)
  return nodeHash(rangeHash({ start, end: split }, read), rangeHash({ start: split, end }, read))
}

function hashOf(subtree: Subtree, read: HashReader): Uint8Array {
  const hash = read(subtree)
  if (hash) return hash
  const first = subtree.index * 2 ** subtree.level
  const last = first + 2 ** subtree.level - 1
  throw new ProofError('PROOF_MISSING_HASH', `The hash over the leaves ${first} to ${last} is missing.`)
}
