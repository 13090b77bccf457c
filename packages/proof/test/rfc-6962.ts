import { createHash } from 'node:crypto'

// RFC 6962, section 2.1, definition by definition, slow, over the entries themselves. The package is compared with it.

export type Entries = readonly Uint8Array[]

const sha256 = (...parts: readonly Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest()

/** The Merkle Tree Hash. */
export function treeHash(entries: Entries): Buffer {
  if (entries.length === 0) return sha256()
  if (entries.length === 1) return sha256(Buffer.of(0), entries[0]!)
  const k = split(entries.length)
  return sha256(Buffer.of(1), treeHash(entries.slice(0, k)), treeHash(entries.slice(k)))
}

/** PATH(m, D[n]): the audit path of entry m. */
export function auditPath(m: number, entries: Entries): readonly Buffer[] {
  if (entries.length === 1) return []
  const k = split(entries.length)
  return m < k
    ? [...auditPath(m, entries.slice(0, k)), treeHash(entries.slice(k))]
    : [...auditPath(m - k, entries.slice(k)), treeHash(entries.slice(0, k))]
}

/** PROOF(m, D[n]): the proof that the first m entries are the beginning. */
export function consistencyProof(m: number, entries: Entries): readonly Buffer[] {
  return subproof(m, entries, true)
}

function subproof(m: number, entries: Entries, isWhole: boolean): readonly Buffer[] {
  if (m === entries.length) return isWhole ? [] : [treeHash(entries)]
  const k = split(entries.length)
  return m <= k
    ? [...subproof(m, entries.slice(0, k), isWhole), treeHash(entries.slice(k))]
    : [...subproof(m - k, entries.slice(k), false), treeHash(entries.slice(0, k))]
}

/** k < n ≤ 2k, a power of two. */
function split(n: number): number {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}
