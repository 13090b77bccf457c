import { describe, expect, test } from 'vitest'
import { growTree } from '../../test/grown-tree.ts'
import { refusal } from '../../test/refusal.ts'
import { leafHash } from './hash.ts'
import { MerkleTree } from './merkle-tree.ts'
import { subtreesOf, type Subtree } from './tree-shape.ts'

const leaves = Array.from({ length: 300 }, (_, index) => leafHash(`entry ${index}`))

test('an empty tree has size 0 and the empty root', () => {
  const tree = new MerkleTree()
  expect(tree.size).toBe(0)
  expect(tree.frontier()).toEqual({ size: 0, hashes: [] })
  expect(tree.root().toString()).toBe(
    Buffer.from('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'hex').toString(),
  )
})

test('a tree that continues from the frontier of any size reaches the same root', () => {
  const whole = growTree(leaves).tree
  for (const stop of leaves.keys()) {
    const { tree } = growTree(leaves.slice(0, stop))
    const on = new MerkleTree({}, tree.frontier())
    for (const leaf of leaves.slice(stop)) on.append(leaf)
    expect([on.size, on.root()]).toEqual([300, whole.root()])
  }
})

test('a frontier is a copy, with one hash for each perfect part', () => {
  const { tree, read } = growTree(leaves.slice(0, 7))
  const { size, hashes } = tree.frontier()
  expect(hashes).toEqual(subtreesOf(7).map(read))
  tree.append(leaves[7]!)
  expect([size, hashes.length, tree.frontier().hashes.length]).toEqual([7, 3, 1])
})

test('onHash gets each hash that never changes again once, children before parents', () => {
  const told: Subtree[] = []
  const tree = new MerkleTree({ onHash: (subtree) => told.push(subtree) })
  for (const leaf of leaves.slice(0, 4)) tree.append(leaf)
  expect(told).toEqual([
    { level: 0, index: 0 },
    { level: 0, index: 1 },
    { level: 1, index: 0 },
    { level: 0, index: 2 },
    { level: 0, index: 3 },
    { level: 1, index: 1 },
    { level: 2, index: 0 },
  ])
})

describe('refuses', () => {
  test.each([
    ['one hash too many', { size: 5, hashes: leaves.slice(0, 3) }, 'PROOF_MALFORMED'],
    ['one hash too few', { size: 7, hashes: leaves.slice(0, 2) }, 'PROOF_MALFORMED'],
    ['a hash for an empty tree', { size: 0, hashes: leaves.slice(0, 1) }, 'PROOF_MALFORMED'],
    ['a hash that is too short', { size: 1, hashes: [Buffer.alloc(20)] }, 'PROOF_MALFORMED'],
    ['a size beyond 2^53 - 1', { size: 2 ** 53, hashes: leaves.slice(0, 1) }, 'PROOF_OUT_OF_RANGE'],
    ['a size below 0', { size: -1, hashes: [] }, 'PROOF_OUT_OF_RANGE'],
  ])('a frontier with %s is refused', (_, frontier, code) => {
    expect(refusal(() => new MerkleTree({}, frontier))).toBe(code)
  })

  test.each([0, 3])('a leaf that is not a hash, after %i others, is refused and leaves the tree unchanged', (count) => {
    const { tree } = growTree(leaves.slice(0, count))
    const before = tree.frontier()
    expect(refusal(() => tree.append(Buffer.from('not hashed')))).toBe('PROOF_MALFORMED')
    expect(tree.frontier()).toEqual(before)
  })

  test('a leaf beyond 2^53 - 1 is refused', () => {
    const tree = new MerkleTree({}, { size: Number.MAX_SAFE_INTEGER, hashes: leaves.slice(0, 53) })
    expect(refusal(() => tree.append(leaves[0]!))).toBe('PROOF_OUT_OF_RANGE')
    expect(tree.size).toBe(Number.MAX_SAFE_INTEGER)
  })
})

test('an error of onHash, at any step of a carry, leaves the tree unchanged', () => {
  let failing = -1
  const tree = new MerkleTree({
    onHash: ({ level }) => {
      if (level === failing) throw new Error('disk full')
    },
  })
  for (const leaf of leaves.slice(0, 7)) tree.append(leaf)
  for (failing of [0, 1, 2, 3]) {
    const before = tree.frontier()
    expect(() => tree.append(leaves[7]!)).toThrow('disk full')
    expect(tree.frontier()).toEqual(before)
  }
  failing = -1
  tree.append(leaves[7]!)
  expect(tree.root()).toEqual(growTree(leaves.slice(0, 8)).tree.root())
})
