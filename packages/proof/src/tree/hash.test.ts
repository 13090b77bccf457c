import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { refusal } from '../../test/refusal.ts'
import { HASH_BYTES, emptyRoot, isSameHash, leafHash, nodeHash } from './hash.ts'

const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest()

test.each(['', 'a', '{"action":"flag:deleted","actor":"müller 💥"}', '\0', 'x'.repeat(65_536), '\uD800 alone'])(
  'a leaf is the hash of a zero byte and its entry, as text and as bytes: %#',
  (entry) => {
    const expected = sha256(Buffer.concat([Buffer.of(0), Buffer.from(entry)]))
    expect([leafHash(entry), leafHash(Buffer.from(entry)), leafHash(new Uint8Array(Buffer.from(entry)))]).toEqual([
      expected,
      expected,
      expected,
    ])
  },
)

test('a node is the hash of a one byte and two hashes, after any other hash', () => {
  const [a, b] = [leafHash('a'), leafHash('b')]
  const expected = sha256(Buffer.concat([Buffer.of(1), a, b]))
  expect(nodeHash(a, b)).toEqual(expected)
  expect(nodeHash(b, a)).not.toEqual(expected)
  expect(nodeHash(a, new Uint8Array(b))).toEqual(expected)
})

test('a hash does not change when others are computed', () => {
  const first = nodeHash(leafHash('a'), leafHash('b'))
  const copy = Buffer.from(first)
  for (let index = 0; index < 1000; index++) nodeHash(leafHash(`${index}`), first)
  expect(first).toEqual(copy)
})

test('a node of something that is not a hash is refused', () => {
  const hash = emptyRoot()
  expect(refusal(() => nodeHash(hash.subarray(1), hash))).toBe('PROOF_MALFORMED')
  expect(refusal(() => nodeHash(hash, Buffer.concat([hash, Buffer.of(0)])))).toBe('PROOF_MALFORMED')
})

test('isSameHash compares hashes, and returns false for values of other lengths', () => {
  const hash = emptyRoot()
  expect(isSameHash(hash, Buffer.from(hash))).toBe(true)
  expect(isSameHash(hash, leafHash(''))).toBe(false)
  expect(isSameHash(Buffer.alloc(0), Buffer.alloc(0))).toBe(false)
  expect(isSameHash(hash, hash.subarray(0, HASH_BYTES - 1))).toBe(false)
})
