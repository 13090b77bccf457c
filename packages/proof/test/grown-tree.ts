import { MerkleTree, type HashReader } from '../src/index.ts'

/** A tree over these leaf hashes, and a reader of all its hashes. */
export function growTree(leaves: readonly Uint8Array[]): { readonly tree: MerkleTree; readonly read: HashReader } {
  const hashes = new Map<string, Uint8Array>()
  const tree = new MerkleTree({ onHash: ({ level, index }, hash) => hashes.set(`${level}/${index}`, hash) })
  for (const leaf of leaves) tree.append(leaf)
  return { tree, read: ({ level, index }) => hashes.get(`${level}/${index}`) }
}
