import { describe, expect, test } from 'vitest'
import { growTree } from '../../test/grown-tree.ts'
import { refusal } from '../../test/refusal.ts'
import { auditPath, consistencyProof, treeHash } from '../../test/rfc-6962.ts'
import { proveConsistency, verifyConsistency } from './consistency.ts'
import { leafHash } from './hash.ts'
import { rootAt } from './hash-reader.ts'
import { proveInclusion, verifyInclusion } from './inclusion.ts'

// Every tree of up to 65 leaves (64 and its neighbours included), compared with the definitions of the RFC.

const MOST = 65
const entries = Array.from({ length: MOST }, (_, index) => Buffer.from(`entry ${index}`))
const leaves = entries.map(leafHash)
const { read } = growTree(leaves)
const roots = Array.from({ length: MOST + 1 }, (_, size) => treeHash(entries.slice(0, size)))
const sizes = Array.from({ length: MOST }, (_, index) => index + 1)

/** The proof with each hash changed, left out and doubled, and with one more at each end. */
function* tampered(proof: readonly Uint8Array[]): Generator<readonly Uint8Array[]> {
  for (const at of proof.keys()) {
    const other = Buffer.from(proof[at]!)
    other[at] = other[at]! ^ 1
    yield proof.with(at, other)
    yield proof.toSpliced(at, 1)
    yield proof.toSpliced(at, 0, proof[at]!)
  }
  yield [...proof, roots[0]!]
  yield [roots[0]!, ...proof]
}

describe.each(sizes)('%i leaves', (size) => {
  test('the root is as the RFC defines it', () => {
    expect(rootAt(size, read)).toEqual(roots[size])
    expect(growTree(leaves.slice(0, size)).tree.root()).toEqual(roots[size])
  })

  test('each inclusion proof is as the RFC defines it and is accepted; changed ones are refused', () => {
    for (let index = 0; index < size; index++) {
      const claim = { index, size, leaf: leaves[index]!, root: roots[size]!, proof: proveInclusion(index, size, read) }
      expect(claim.proof).toEqual(auditPath(index, entries.slice(0, size)))
      verifyInclusion(claim)
      const lies = [
        ...[...tampered(claim.proof)].map((proof) => ({ ...claim, proof })),
        ...sizes.filter((other) => other < size && other !== index).map((other) => ({ ...claim, index: other })),
        { ...claim, root: roots[size - 1]! },
        { ...claim, leaf: leafHash('another') },
      ]
      expect(new Set(lies.map((lie) => refusal(() => verifyInclusion(lie))))).toEqual(new Set(['PROOF_MISMATCH']))
    }
  })

  test('each consistency proof is as the RFC defines it and is accepted; changed ones are refused', () => {
    for (let oldSize = 1; oldSize <= size; oldSize++) {
      const proof = proveConsistency(oldSize, size, read)
      const claim = { oldSize, oldRoot: roots[oldSize]!, newSize: size, newRoot: roots[size]!, proof }
      expect(proof).toEqual(consistencyProof(oldSize, entries.slice(0, size)))
      verifyConsistency(claim)
      const lies = [
        ...[...tampered(proof)].map((other) => ({ ...claim, proof: other })),
        ...sizes.filter((other) => other <= size && other !== oldSize).map((other) => ({ ...claim, oldSize: other })),
        { ...claim, oldRoot: leafHash('another') },
        { ...claim, newRoot: leafHash('another') },
      ]
      expect(new Set(lies.map((lie) => refusal(() => verifyConsistency(lie))))).toEqual(new Set(['PROOF_MISMATCH']))
    }
  })
})
