import { ProofError } from '../proof-error.ts'
import { checkHash, checkHashes, isSameHash, nodeHash } from './hash.ts'
import { rangeHash, type HashReader } from './hash-reader.ts'
import { checkSize, wayTo, type Range } from './tree-shape.ts'

/** That a tree is the beginning of another. RFC 6962, section 2.1.2. */
export interface ConsistencyClaim {
  readonly oldSize: number
  readonly oldRoot: Uint8Array
  readonly newSize: number
  readonly newRoot: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/**
 * The hashes from which both roots can be made: none if they are one tree. Throws `PROOF_OUT_OF_RANGE` unless 0 < oldSize ≤
 * newSize, and `PROOF_MISSING_HASH`.
 */
export function proveConsistency(oldSize: number, newSize: number, read: HashReader): readonly Uint8Array[] {
  const { part, beside } = wayToEndOf(oldSize, newSize)
  const ranges = part.start === 0 ? beside : [part, ...beside]
  return ranges.map((range) => rangeHash(range, read))
}

/**
 * Returns if the new tree begins with the old one, leaf by leaf. Throws `PROOF_MISMATCH` if not, or if there are too many hashes
 * or too few; `PROOF_OUT_OF_RANGE` for an old size of 0, with which everything is consistent, so that it proves nothing, and for
 * a new size below the old one; `PROOF_MALFORMED` if something is no hash.
 */
export function verifyConsistency({ oldSize, oldRoot, newSize, newRoot, proof }: ConsistencyClaim): void {
  const { part, beside } = wayToEndOf(oldSize, newSize)
  checkHash('The old root', oldRoot)
  checkHash('The new root', newRoot)
  checkHashes('Proof hash', proof)
  const count = beside.length + (part.start === 0 ? 0 : 1)
  if (count !== proof.length) {
    throw new ProofError('PROOF_MISMATCH', `From ${oldSize} to ${newSize} leaves it takes ${count} hashes, not ${proof.length}.`)
  }
  // What both trees have in common at the end of the old one: the old tree itself, or its last perfect part.
  const [common, ...others] = part.start === 0 ? [oldRoot, ...proof] : proof
  let old = common!
  let now = common!
  for (const [at, hash] of others.entries()) {
    const isBefore = beside[at]!.start < part.start
    now = isBefore ? nodeHash(hash, now) : nodeHash(now, hash)
    if (isBefore) old = nodeHash(hash, old)
  }
  if (!isSameHash(old, oldRoot))
    throw new ProofError('PROOF_MISMATCH', `The tree of ${newSize} leaves does not begin with that of ${oldSize}.`)
  if (!isSameHash(now, newRoot)) throw new ProofError('PROOF_MISMATCH', `The root of the tree of ${newSize} leaves is another.`)
}

/** Down to the part of the new tree that ends where the old one did: the whole old tree, or its last perfect part. */
function wayToEndOf(oldSize: number, newSize: number): { readonly part: Range; readonly beside: readonly Range[] } {
  checkSize('The old size', oldSize)
  checkSize('The new size', newSize)
  if (oldSize === 0)
    throw new ProofError('PROOF_OUT_OF_RANGE', 'Every tree is consistent with one of 0 leaves; that proves nothing.')
  if (oldSize > newSize)
    throw new ProofError('PROOF_OUT_OF_RANGE', `A tree of ${newSize} leaves does not begin with one of ${oldSize}.`)
  return wayTo(oldSize - 1, newSize, ({ end }) => end === oldSize)
}
