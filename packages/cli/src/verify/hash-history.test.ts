import { leafHash, MerkleTree } from '@audit/proof'
import { describe, expect, test } from 'vitest'
import { HashHistory, LeafBudget } from './hash-history.ts'

const start = { size: 0, hashes: [] }
const leafOf = (index: number) => leafHash(`event ${index}`)

/** The roots of the first leaves, by size. */
function rootsOf(leaves: number): readonly Uint8Array[] {
  const tree = new MerkleTree()
  const roots = [tree.root()]
  for (let index = 0; index < leaves; index++) {
    tree.append(leafOf(index))
    roots.push(tree.root())
  }
  return roots
}

describe('a history from the first leaf on', () => {
  const roots = rootsOf(300)

  test.each([0, 1, 2, 31, 32, 33, 64, 65, 300])('with %i leaves has the root of each smaller tree', (leaves) => {
    const history = new HashHistory(new LeafBudget(), 0, start)
    for (let index = 0; index < leaves; index++) history.append(leafOf(index))
    expect(history.size).toBe(leaves)
    for (let size = 0; size <= leaves; size++) expect(Buffer.from(history.rootAt(size)!)).toEqual(Buffer.from(roots[size]!))
    expect(history.rootAt(leaves + 1)).toBeUndefined()
  })

  test.each([5, 40])('with %i leaves can fork, and lose its tree', (leaves) => {
    const history = new HashHistory(new LeafBudget(), 0, start)
    for (let index = 0; index < leaves; index++) history.append(leafOf(index))
    const fork = history.fork()
    fork.append(leafOf(leaves))
    expect(Buffer.from(fork.rootAt(leaves + 1)!)).toEqual(Buffer.from(roots[leaves + 1]!))
    expect(history.withoutTree().size).toBeUndefined()
    expect(history.rootAt(leaves)).toBeUndefined()
    expect(history.leaf(leaves - 1)).toEqual(Buffer.from(leafOf(leaves - 1)))
  })
})

test('histories that share memory do not write over each other, and memory of an ended one is used again', () => {
  const budget = new LeafBudget()
  const logs = Array.from({ length: 40 }, () => new HashHistory(budget, 0, start))
  for (let index = 0; index < 70; index++)
    for (const [log, history] of logs.entries()) history.append(leafOf(log * 1_000 + index))
  for (const history of logs.splice(0, 20)) history.end()
  const later = Array.from({ length: 20 }, () => new HashHistory(budget, 0, start))
  for (let index = 0; index < 70; index++) for (const history of later) history.append(leafOf(1_000_000 + index))
  for (const [log, history] of logs.entries())
    for (let index = 0; index < 70; index++) expect(history.leaf(index)).toEqual(Buffer.from(leafOf((log + 20) * 1_000 + index)))
})
