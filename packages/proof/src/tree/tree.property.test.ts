import fc from 'fast-check'
import { expect, test } from 'vitest'
import { growTree } from '../../test/grown-tree.ts'
import { refusal } from '../../test/refusal.ts'
import { uniformLeaf, uniformTree } from '../../test/uniform-tree.ts'
import { proveConsistency, verifyConsistency } from './consistency.ts'
import { leafHash } from './hash.ts'
import { rootAt } from './hash-reader.ts'
import { proveInclusion, verifyInclusion } from './inclusion.ts'
import { MerkleTree } from './merkle-tree.ts'
import { parseTilePath, tilePath } from './tiles.ts'
import { ceilLog2, splitOf, subtreesOf } from './tree-shape.ts'

const SIZE = 3000
const { read } = growTree(Array.from({ length: SIZE }, (_, index) => leafHash(`${index}`)))
const sizes = fc.integer({ min: 1, max: SIZE })
const anySize = fc.oneof(
  fc.maxSafeNat(),
  fc.integer({ min: 0, max: 53 }).map((power) => 2 ** power - 1),
)

test('a proof is accepted, and refused with any bit flipped', () => {
  const bits = fc.record({ at: fc.nat(), bit: fc.nat(255) })
  fc.assert(
    fc.property(sizes, sizes, bits, (one, other, { at, bit }) => {
      const [oldSize, size] = [Math.min(one, other), Math.max(one, other)]
      const index = oldSize - 1
      const [oldRoot, root] = [rootAt(oldSize, read), rootAt(size, read)]
      const turned = (proof: readonly Uint8Array[]) => {
        const hash = Buffer.from(proof[at % proof.length]!)
        hash[bit >> 3] = hash[bit >> 3]! ^ (1 << (bit & 7))
        return proof.with(at % proof.length, hash)
      }
      const inclusion = { index, size, leaf: read({ level: 0, index })!, root, proof: proveInclusion(index, size, read) }
      verifyInclusion(inclusion)
      if (inclusion.proof.length > 0)
        expect(refusal(() => verifyInclusion({ ...inclusion, proof: turned(inclusion.proof) }))).toBe('PROOF_MISMATCH')
      const consistency = { oldSize, oldRoot, newSize: size, newRoot: root, proof: proveConsistency(oldSize, size, read) }
      verifyConsistency(consistency)
      if (consistency.proof.length > 0)
        expect(refusal(() => verifyConsistency({ ...consistency, proof: turned(consistency.proof) }))).toBe('PROOF_MISMATCH')
    }),
  )
})

test('a rewritten log is not consistent with its old state', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(199), fc.nat(100), (oldSize, changed, more) => {
      const entries = Array.from({ length: oldSize + more }, (_, index) => leafHash(`${index}`))
      const rewritten = growTree(entries.with(changed % oldSize, leafHash('rewritten')))
      const claim = {
        oldSize,
        oldRoot: rootAt(oldSize, read),
        newSize: oldSize + more,
        newRoot: rewritten.tree.root(),
        proof: proveConsistency(oldSize, oldSize + more, rewritten.read),
      }
      expect(refusal(() => verifyConsistency(claim))).toBe('PROOF_MISMATCH')
    }),
  )
})

test('a tree may be stopped and continued at any size', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 80 }), fc.nat(80), (entries, stop) => {
      const leaves = entries.map((entry) => leafHash(entry))
      const on = new MerkleTree({}, growTree(leaves.slice(0, stop)).tree.frontier())
      for (const leaf of leaves.slice(stop)) on.append(leaf)
      expect(on.root()).toEqual(growTree(leaves).tree.root())
    }),
  )
})

test('the perfect parts of a tree are the set bits of its size', () => {
  fc.assert(
    fc.property(anySize, (size) => {
      const parts = subtreesOf(size)
      expect(parts.reduce((sum, { level }) => sum + 2n ** BigInt(level), 0n)).toBe(BigInt(size))
      expect(parts.length).toBe([...size.toString(2)].filter((bit) => bit === '1').length)
      if (size > 1) expect([splitOf(size) < size, splitOf(size) * 2 >= size]).toEqual([true, true])
      expect(2n ** BigInt(ceilLog2(size)) >= BigInt(size)).toBe(true)
    }),
  )
})

test('proofs work for trees of any size up to 2^53 - 1', () => {
  fc.assert(
    fc.property(anySize, anySize, (one, other) => {
      const [oldSize, newSize] = [Math.min(one, other), Math.max(one, other)]
      fc.pre(oldSize > 0)
      const [oldRoot, root] = [rootAt(oldSize, uniformTree), rootAt(newSize, uniformTree)]
      const index = oldSize - 1
      verifyInclusion({ index, size: newSize, leaf: uniformLeaf, root, proof: proveInclusion(index, newSize, uniformTree) })
      verifyConsistency({ oldSize, oldRoot, newSize, newRoot: root, proof: proveConsistency(oldSize, newSize, uniformTree) })
    }),
  )
})

test('a tile path is parsed back, and any other text is refused', () => {
  const tile = fc.record({ level: fc.nat(63), index: fc.maxSafeNat(), width: fc.integer({ min: 1, max: 256 }) })
  fc.assert(
    fc.property(tile, (each) => {
      expect(parseTilePath(tilePath(each))).toEqual(each)
    }),
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((end) => `tile/0/${end}`),
      ),
      (text) => {
        const parsed = parseTilePath(text)
        if (parsed) expect(tilePath(parsed)).toBe(text)
      },
    ),
  )
})
