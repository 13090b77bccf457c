import { describe, expect, test } from 'vitest'
import { growTree } from '../../test/grown-tree.ts'
import { refusal } from '../../test/refusal.ts'
import { uniformLeaf, uniformTree } from '../../test/uniform-tree.ts'
import { proveConsistency, verifyConsistency, type ConsistencyClaim } from './consistency.ts'
import { emptyRoot, leafHash, nodeHash } from './hash.ts'
import { rootAt } from './hash-reader.ts'
import { proveInclusion, verifyInclusion, type InclusionClaim } from './inclusion.ts'
import { rootOfFrontier } from './merkle-tree.ts'
import { subtreesOf } from './tree-shape.ts'

const { read } = growTree(['a', 'b', 'c', 'd', 'e'].map(leafHash))
const short = Buffer.alloc(31)
const long = Buffer.alloc(33)
const noSizes = [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '5' as unknown as number, 5n as unknown as number]
const most = Number.MAX_SAFE_INTEGER

describe('an inclusion', () => {
  const proof = proveInclusion(4, 5, read)
  const claim = { index: 4, size: 5, leaf: leafHash('e'), root: rootAt(5, read), proof }

  test.each<[string, InclusionClaim]>([
    ['of a leaf after the last', { ...claim, index: 5 }],
    ['of a leaf of the empty tree', { ...claim, index: 0, size: 0, root: emptyRoot(), proof: [] }],
    ...noSizes.map((size) => [`in a tree of ${size} leaves`, { ...claim, size }] as [string, InclusionClaim]),
    ...noSizes.map((index) => [`of leaf ${index}`, { ...claim, index }] as [string, InclusionClaim]),
  ])('an inclusion %s is out of range', (_, wrong) => {
    expect(refusal(() => verifyInclusion(wrong))).toBe('PROOF_OUT_OF_RANGE')
    expect(refusal(() => proveInclusion(wrong.index, wrong.size, read))).toBe('PROOF_OUT_OF_RANGE')
  })

  test.each([
    ['leaf', { ...claim, leaf: short }],
    ['leaf, alone in its tree,', { ...claim, index: 0, size: 1, leaf: short, proof: [] }],
    ['root', { ...claim, root: long }],
    ['hash of the proof', { ...claim, proof: [long] }],
    ['empty hash of the proof', { ...claim, proof: [Buffer.alloc(0)] }],
  ])('an inclusion with a %s of a wrong length is malformed', (_, wrong) => {
    expect(refusal(() => verifyInclusion(wrong))).toBe('PROOF_MALFORMED')
  })

  test('an inclusion proof for an inner node instead of a leaf is refused', () => {
    const node = nodeHash(leafHash('a'), leafHash('b'))
    const size = 3
    verifyInclusion({ index: 2, size, leaf: leafHash('c'), root: rootAt(3, read), proof: [node] })
    expect(refusal(() => verifyInclusion({ index: 0, size, leaf: node, root: rootAt(3, read), proof: [leafHash('c')] }))).toBe(
      'PROOF_MISMATCH',
    )
  })

  test('an inclusion cannot be proven if a hash is missing', () => {
    expect(refusal(() => proveInclusion(0, 6, read))).toBe('PROOF_MISSING_HASH')
    expect(() => proveInclusion(0, 6, read)).toThrow('The hash over the leaves 4 to 5 is missing.')
  })
})

describe('a consistency', () => {
  const claim = {
    oldSize: 3,
    oldRoot: rootAt(3, read),
    newSize: 5,
    newRoot: rootAt(5, read),
    proof: proveConsistency(3, 5, read),
  }

  test.each<[string, ConsistencyClaim]>([
    ['with the empty tree', { ...claim, oldSize: 0, oldRoot: emptyRoot(), proof: [] }],
    ['of the empty tree with itself', { oldSize: 0, oldRoot: emptyRoot(), newSize: 0, newRoot: emptyRoot(), proof: [] }],
    ['with a longer tree', { ...claim, oldSize: 5, newSize: 3 }],
    ...noSizes.map((size) => [`of a tree of ${size} leaves`, { ...claim, newSize: size }] as [string, ConsistencyClaim]),
    ...noSizes.map((size) => [`with a tree of ${size} leaves`, { ...claim, oldSize: size }] as [string, ConsistencyClaim]),
  ])('a consistency %s is out of range', (_, wrong) => {
    expect(refusal(() => verifyConsistency(wrong))).toBe('PROOF_OUT_OF_RANGE')
    expect(refusal(() => proveConsistency(wrong.oldSize, wrong.newSize, read))).toBe('PROOF_OUT_OF_RANGE')
  })

  test.each([
    ['old root', { ...claim, oldRoot: short }],
    ['old root that is the new one,', { oldSize: 3, oldRoot: short, newSize: 3, newRoot: short, proof: [] }],
    ['new root', { ...claim, newRoot: long }],
    ['hash of the proof', { ...claim, proof: claim.proof.with(0, short) }],
  ])('a consistency with a %s of a wrong length is malformed', (_, wrong) => {
    expect(refusal(() => verifyConsistency(wrong))).toBe('PROOF_MALFORMED')
  })

  test('two roots for one size are refused', () => {
    const fork = growTree(['a', 'b', 'C'].map(leafHash)).tree.root()
    expect(refusal(() => verifyConsistency({ ...claim, newSize: 3, newRoot: fork, proof: [] }))).toBe('PROOF_MISMATCH')
  })

  test('the error distinguishes a wrong old root from a wrong new root', () => {
    const another = leafHash('another')
    expect(() => verifyConsistency({ ...claim, oldRoot: another })).toThrow(
      'The tree of 5 leaves does not begin with the tree of 3 leaves.',
    )
    expect(() => verifyConsistency({ ...claim, newRoot: another })).toThrow('The tree of 5 leaves has another root.')
  })

  test('a consistency cannot be proven if a hash is missing', () => {
    expect(refusal(() => proveConsistency(5, 7, read))).toBe('PROOF_MISSING_HASH')
  })
})

test.each(noSizes)('no tree has %s leaves', (size) => {
  expect([refusal(() => subtreesOf(size)), refusal(() => rootAt(size, read))]).toEqual([
    'PROOF_OUT_OF_RANGE',
    'PROOF_OUT_OF_RANGE',
  ])
})

test('rootAt refuses a missing hash, and rootOfFrontier one of a wrong length', () => {
  expect(refusal(() => rootAt(6, read))).toBe('PROOF_MISSING_HASH')
  expect(refusal(() => rootOfFrontier([short]))).toBe('PROOF_MALFORMED')
})

describe('the largest tree that a number counts', () => {
  test.each([0, 1, most - 1, 2 ** 52, 2 ** 52 - 1])('leaf %i of the largest tree is proven', (index) => {
    const proof = proveInclusion(index, most, uniformTree)
    verifyInclusion({ index, size: most, leaf: uniformLeaf, root: rootAt(most, uniformTree), proof })
    expect(proof.length).toBeLessThanOrEqual(53)
  })

  // Close to a power of two, where a rounded logarithm would mistake the part for a perfect one.
  test.each([2 ** 52 + 1, 2 ** 52 - 1, 2 ** 49 + 1, 2 ** 53 - 2])(
    'the largest tree is proven consistent with its first %i leaves',
    (oldSize) => {
      const [oldRoot, newRoot] = [rootAt(oldSize, uniformTree), rootAt(most, uniformTree)]
      verifyConsistency({ oldSize, oldRoot, newSize: most, newRoot, proof: proveConsistency(oldSize, most, uniformTree) })
    },
  )
})
