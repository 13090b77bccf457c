import { ProofError } from '../proof-error.ts'
import { checkHash, checkHashes, isSameHash, nodeHash } from './hash.ts'
import { rangeHash, type HashReader } from './hash-reader.ts'
import { checkSize, wayTo, type Range } from './tree-shape.ts'

/** The claim that one tree is the beginning of another. RFC 6962, section 2.1.2. */
export interface ConsistencyClaim {
  readonly oldSize: number
  readonly oldRoot: Uint8Array
  readonly newSize: number
  readonly newRoot: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/**
 * Returns the hashes from which both roots can be computed: none if the trees are the same. Throws `PROOF_OUT_OF_RANGE` unless
 * 0 < oldSize ≤ newSize, and `PROOF_MISSING_HASH`.
 */
export function proveConsistency(oldSize: number, newSize: number, read: HashReader): readonly Uint8Array[] {
  const { part, beside } = wayToEndOf(oldSize, newSize)
  const ranges = part.start === 0 ? beside : [part, ...beside]
  return ranges.map((range) => rangeHash(range, read))
}

/**
 * Returns only if the new tree begins with the old one, leaf by leaf. Throws `PROOF_MISMATCH` if it does not, or if there are too
 * many or too few hashes; `PROOF_OUT_OF_RANGE` for an old size of 0, with which every tree is consistent, and for a new size below
 * the old one; `PROOF_MALFORMED` if a hash does not have 32 bytes.
 */
export function verifyConsistency({ oldSize, oldRoot, newSize, newRoot, proof }: ConsistencyClaim): void {
  const { part, beside } = wayToEndOf(oldSize, newSize)
  checkHash('The old root', oldRoot)
  checkHash('The new root', newRoot)
  checkHashes('Proof hash', proof)
  const count = beside.length + (part.start === 0 ? 0 : 1)
  if (count !== proof.length) {
    throw new ProofError(
      'PROOF_MISMATCH',
      `A proof from ${oldSize} to ${newSize} leaves has ${count} hashes, not ${proof.length}.`,
    )
  }
  // The part that both trees share at the end of the old one: the old tree itself, or its last perfect part.
  const [common, ...others] = part.start === 0 ? [oldRoot, ...proof] : proof
  let old = common!
  let now = common!
  for (const [at, hash] of others.entries()) {
    const isBefore = beside[at]!.start < part.start
    now = isBefore ? nodeHash(hash, now) : nodeHash(now, hash)
    if (isBefore) old = nodeHash(hash, old)
  }
  if (!isSameHash(old, oldRoot))
    throw new ProofError('PROOF_MISMATCH', `The tree of ${newSize} leaves does not begin with the tree of ${oldSize} leaves.`)
  if (!isSameHash(now, newRoot)) throw new ProofError('PROOF_MISMATCH', `The tree of ${newSize} leaves has another root.`)
}

/** Walks down to the part of the new tree that ends where the old one did: the whole old tree, or its last perfect part. */
function wayToEndOf(oldSize: number, newSize: number): { readonly part: Range; readonly beside: readonly Range[] } {
  checkSize('The old size', oldSize)
  checkSize('The new size', newSize)
  if (oldSize === 0)
    throw new ProofError(
      'PROOF_OUT_OF_RANGE',
      'The old tree has no leaves. Every tree is consistent with it, so that would prove nothing.',
    )
  if (oldSize > newSize)
    throw new ProofError('PROOF_OUT_OF_RANGE', `A tree of ${newSize} leaves cannot begin with a tree of ${oldSize} leaves.`)
  return wayTo(oldSize - 1, newSize, ({ end }) => end === oldSize)
}
