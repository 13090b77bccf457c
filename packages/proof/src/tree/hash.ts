import { hash } from 'node:crypto'
import { ProofError } from '../proof-error.ts'

/** SHA-256: 32 bytes. */
export const HASH_BYTES = 32

// RFC 6962, section 2.1: the prefixes keep a leaf from passing for a node.
const LEAF = Buffer.of(0)
/** 0x00 and room for an entry of usual size. */
const leaf = Buffer.alloc(1 << 14)
/** 0x01 and room for two hashes, reused for each node. */
const node = Buffer.alloc(1 + 2 * HASH_BYTES, 1)

/** SHA-256(0x00 ‖ entry), as `(printf '\0'; printf %s "$line") | sha256sum` prints it. A string counts as UTF-8. */
export function leafHash(entry: Uint8Array | string): Uint8Array {
  if (typeof entry === 'string') return sha256(`\0${entry}`)
  if (entry.length >= leaf.length) return sha256(Buffer.concat([LEAF, entry]))
  leaf.set(entry, LEAF.length)
  return sha256(leaf.subarray(0, LEAF.length + entry.length))
}

/** SHA-256(0x01 ‖ left ‖ right). Throws `PROOF_MALFORMED` unless both are hashes. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  checkHash('The left hash', left)
  return nodeHashAt(left, 0, right)
}

/** The same, with a left hash that stands at `start` among others. Throws `PROOF_MALFORMED` unless the right one is a hash. */
export function nodeHashAt(lefts: Uint8Array, start: number, right: Uint8Array): Uint8Array {
  checkHash('The right hash', right)
  for (let at = 0; at < HASH_BYTES; at++) node[1 + at] = lefts[start + at]!
  node.set(right, 1 + HASH_BYTES)
  return sha256(node)
}

/** The root of a tree without leaves: SHA-256 of zero bytes. */
export function emptyRoot(): Uint8Array {
  return sha256('')
}

/** Hashes are public, so the comparison need not take constant time. */
export function isSameHash(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === HASH_BYTES && Buffer.compare(one, other) === 0
}

/** Throws `PROOF_MALFORMED` unless it is as long as a hash. */
export function checkHash(what: string, { length }: Uint8Array): void {
  if (length !== HASH_BYTES) throw new ProofError('PROOF_MALFORMED', `${what} has ${length} bytes, not ${HASH_BYTES}.`)
}

/** Throws `PROOF_MALFORMED` unless each is as long as a hash. */
export function checkHashes(what: string, hashes: readonly Uint8Array[]): void {
  for (const [at, hash] of hashes.entries()) checkHash(`${what} ${at}`, hash)
}

/** Hashes through a string: allocating a Buffer for each hash takes Node more than twice as long. */
function sha256(bytes: Uint8Array | string): Uint8Array {
  return Buffer.from(hash('sha256', bytes, 'binary'), 'latin1')
}
