import { describe, expect, test } from 'vitest'
import { growTree } from '../test/grown-tree.ts'
import { refusal } from '../test/refusal.ts'
import { formatCheckpoint } from './checkpoint.ts'
import { generateKeyPair, parseSigningKey } from './note/signing-key.ts'
import { signNote } from './note/signed-note.ts'
import { parseVerifierKey } from './note/verifier-key.ts'
import { formatTlogProof, parseTlogProof, verifyTlogProof } from './tlog-proof.ts'
import { leafHash } from './tree/hash.ts'
import { proveInclusion } from './tree/inclusion.ts'

const origin = 'example.com/audit/orders/x7k2m9qa'
const keys = generateKeyPair('example.com/audit/orders')
const trusted = { origin, verifiers: [parseVerifierKey(keys.verifierKey)] }
const entries = Array.from({ length: 21 }, (_, index) => JSON.stringify({ name: 'flag:deleted', sequence: index }))
const { tree, read } = growTree(entries.map((entry) => leafHash(entry)))
const checkpoint = await signNote(formatCheckpoint({ origin, size: tree.size, root: tree.root() }), [
  parseSigningKey(keys.signingKey),
])
const proofOf = (index: number) => formatTlogProof({ index, proof: proveInclusion(index, tree.size, read), checkpoint })

describe('a proof that can be shown without the log', () => {
  test.each(entries.map((entry, index) => ({ entry, index })))(
    'a proof of entry $index is verified without the log',
    ({ entry, index }) => {
      expect(verifyTlogProof(proofOf(index), entry, trusted)).toMatchObject({ index, origin, size: 21, root: tree.root() })
      expect(verifyTlogProof(proofOf(index), Buffer.from(entry), trusted).index).toBe(index)
    },
  )

  test('a proof with any covered character changed is refused', () => {
    const text = proofOf(12)
    const changed = [...Array(text.length).keys()].map(
      (at) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1),
    )
    const believed = changed.filter((other) => refusal(() => verifyTlogProof(other, entries[12]!, trusted)) === undefined)
    expect(believed).toEqual([])
  })

  test('a proof is refused for any other entry, byte for byte', () => {
    for (const entry of [entries[11]!, `${entries[12]}\n`, entries[12]!.replace('12', '12.0'), '']) {
      expect(refusal(() => verifyTlogProof(proofOf(12), entry, trusted))).toBe('PROOF_MISMATCH')
    }
  })

  test('a proof with another index is refused', () => {
    expect(refusal(() => verifyTlogProof(proofOf(12).replace('index 12', 'index 13'), entries[12]!, trusted))).toBe(
      'PROOF_MISMATCH',
    )
    expect(refusal(() => verifyTlogProof(proofOf(12).replace('index 12', 'index 21'), entries[12]!, trusted))).toBe(
      'PROOF_OUT_OF_RANGE',
    )
  })

  test('a proof of another log or by an unknown key is refused', () => {
    const verify = (other: Partial<typeof trusted>) =>
      refusal(() => verifyTlogProof(proofOf(12), entries[12]!, { ...trusted, ...other }))
    expect(verify({ origin: 'example.com/another' })).toBe('PROOF_WRONG_ORIGIN')
    expect(verify({ verifiers: [] })).toBe('PROOF_UNSIGNED')
    expect(verify({ verifiers: [parseVerifierKey(generateKeyPair('example.com/audit/orders').verifierKey)] })).toBe(
      'PROOF_UNSIGNED',
    )
  })

  test('a proof may carry extra data, which no signature covers', () => {
    const extra = Buffer.from('not covered')
    const text = proofOf(12).replace('\n', `\nextra ${extra.toString('base64')}\n`)
    expect(parseTlogProof(text).extra).toEqual(extra)
    expect(verifyTlogProof(text, entries[12]!, trusted).index).toBe(12)
  })
})

describe('the file', () => {
  const [one, other] = [leafHash('1'), leafHash('2')]
  const [oneText, otherText] = [one, other].map((hash) => Buffer.from(hash).toString('base64'))
  const extra = Buffer.from('extra information')

  test.each([
    [
      { index: 5, proof: [one, other], checkpoint: 'test checkpoint\n' },
      `c2sp.org/tlog-proof@v1\nindex 5\n${oneText}\n${otherText}\n\ntest checkpoint\n`,
    ],
    [
      { index: 10, proof: [one], checkpoint: 'checkpoint data\n', extra },
      `c2sp.org/tlog-proof@v1\nextra ${extra.toString('base64')}\nindex 10\n${oneText}\n\ncheckpoint data\n`,
    ],
    [{ index: 0, proof: [], checkpoint: 'checkpoint\n' }, 'c2sp.org/tlog-proof@v1\nindex 0\n\ncheckpoint\n'],
    [{ index: 0, proof: [], checkpoint: 'c\n', extra: Buffer.alloc(0) }, 'c2sp.org/tlog-proof@v1\nextra \nindex 0\n\nc\n'],
    [{ index: 1, proof: [], checkpoint: 'a\n\nb\n' }, 'c2sp.org/tlog-proof@v1\nindex 1\n\na\n\nb\n'],
  ])('%#', (proof, text) => {
    expect(formatTlogProof(proof)).toBe(text)
    expect(parseTlogProof(text)).toEqual(proof)
  })

  const good = proofOf(12)
  test.each([
    ['nothing', ''],
    ['another header', good.replace('@v1', '@v2')],
    ['no header', good.slice(good.indexOf('\n') + 1)],
    ['carriage returns', good.replaceAll('\n', '\r\n')],
    ['no index', good.replace('index 12\n', '')],
    ['an index in hexadecimal', good.replace('index 12', 'index 0xc')],
    ['an index with a leading zero', good.replace('index 12', 'index 012')],
    ['a negative index', good.replace('index 12', 'index -1')],
    ['an index beyond 2^53 - 1', good.replace('index 12', 'index 9007199254740992')],
    ['two indexes', good.replace('index 12\n', 'index 12\nindex 12\n')],
    ['extra data behind the index', good.replace('index 12\n', 'index 12\nextra AAAA\n')],
    ['extra data twice', good.replace('index', 'extra AAAA\nextra AAAA\nindex')],
    ['extra data that is not Base64', good.replace('index', 'extra !!\nindex')],
    ['a hash that is too short', good.replace('index 12\n', 'index 12\nAAAA\n')],
    ['a hash of 64 bytes', good.replace('index 12\n', `index 12\n${Buffer.alloc(64).toString('base64')}\n`)],
    ['54 hashes', good.replace('index 12\n', `index 12\n${`${oneText}\n`.repeat(54 - parseTlogProof(good).proof.length)}`)],
    ['no empty line', good.replace('\n\n', '\n').split('\n\n')[0]!],
  ])('a proof file with %s is malformed', (_, wrong) => {
    expect(refusal(() => parseTlogProof(wrong))).toBe('PROOF_MALFORMED')
    expect(refusal(() => verifyTlogProof(wrong, entries[12]!, trusted))).toBe('PROOF_MALFORMED')
  })

  test('a proof file without a checkpoint is malformed', () => {
    expect(refusal(() => verifyTlogProof(good.slice(0, good.indexOf('\n\n') + 2), entries[12]!, trusted))).toBe('PROOF_MALFORMED')
  })

  test.each([
    ['a negative index', { index: -1, proof: [], checkpoint }],
    ['an index beyond 2^53 - 1', { index: 2 ** 53, proof: [], checkpoint }],
    ['a hash that is too short', { index: 0, proof: [one.subarray(1)], checkpoint }],
    ['54 hashes', { index: 0, proof: Array.from({ length: 54 }, () => one), checkpoint }],
  ])('formatting refuses %s', (_, wrong) => expect(refusal(() => formatTlogProof(wrong))).toBe('PROOF_MALFORMED'))
})
