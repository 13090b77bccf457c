import { describe, expect, test } from 'vitest'
import { refusal } from '../test/refusal.ts'
import { formatCheckpoint, openCheckpoint, parseCheckpoint } from './checkpoint.ts'
import { generateKeyPair, parseSigningKey } from './note/signing-key.ts'
import { signNote } from './note/signed-note.ts'
import { parseVerifierKey } from './note/verifier-key.ts'
import { leafHash } from './tree/hash.ts'

const origin = 'example.com/audit/orders/x7k2m9qa'
const root = leafHash('entry')
const encoded = Buffer.from(root).toString('base64')
const text = `${origin}\n41\n${encoded}\n`
const keys = generateKeyPair('example.com/audit/orders')
const signer = parseSigningKey(keys.signingKey)
const verifiers = [parseVerifierKey(keys.verifierKey)]

describe('the text of a checkpoint', () => {
  test('a checkpoint is formatted as three lines', () => {
    expect(formatCheckpoint({ origin, size: 41, root })).toBe(text)
    expect(parseCheckpoint(text)).toEqual({ origin, size: 41, root })
  })

  test.each([0, 1, Number.MAX_SAFE_INTEGER])('a formatted checkpoint of %i leaves is parsed back', (size) => {
    expect(parseCheckpoint(formatCheckpoint({ origin, size, root }))).toEqual({ origin, size, root })
  })

  test.each(['go.sum database tree', 'a+b', '💥', ' '])('the origin %j is accepted', (other) => {
    expect(parseCheckpoint(formatCheckpoint({ origin: other, size: 1, root })).origin).toBe(other)
  })

  test('lines after the third are ignored', () => {
    expect(parseCheckpoint(`${text}one\ntwo 2\n`)).toEqual({ origin, size: 41, root })
  })

  test.each([
    ['nothing', ''],
    ['a line', `${origin}\n`],
    ['two lines', `${origin}\n41\n`],
    ['no last newline', text.slice(0, -1)],
    ['no last newline behind more lines', `${text}more`],
    ['no origin', text.replace(origin, '')],
    ['no size', text.replace('41', '')],
    ['a size with a leading zero', text.replace('41', '041')],
    ['a size with a sign', text.replace('41', '+41')],
    ['a negative size', text.replace('41', '-41')],
    ['a size in hexadecimal', text.replace('41', '0x29')],
    ['a size with a space', text.replace('41', '41 ')],
    ['a size with an exponent', text.replace('41', '4e1')],
    ['a size in other digits', text.replace('41', '٤١')],
    ['a size beyond 2^53 - 1', text.replace('41', '9007199254740992')],
    ['no root', text.replace(encoded, '')],
    ['a root that is too short', text.replace(encoded, Buffer.alloc(31).toString('base64'))],
    ['a root that is too long', text.replace(encoded, Buffer.alloc(33).toString('base64'))],
    ['a root without padding', text.replace('=', '')],
    ['a root with spare bits', text.replace(encoded, `${'A'.repeat(42)}B=`)],
    ['a root with a space', text.replace(encoded, ` ${encoded}`)],
    ['an empty line', `${text}\n`],
    ['an empty line among more lines', `${text}one\n\ntwo\n`],
  ])('parsing refuses %s', (_, wrong) => expect(refusal(() => parseCheckpoint(wrong))).toBe('PROOF_MALFORMED'))

  test.each([
    ['an empty origin', { origin: '', size: 41, root }],
    ['an origin of two lines', { origin: `${origin}\nmore`, size: 41, root }],
    ['an origin that is a whole checkpoint', { origin: `${origin}\n7\n${encoded}`, size: 41, root }],
    ['a size of a fraction', { origin, size: 1.5, root }],
    ['a size below 0', { origin, size: -1, root }],
    ['a size beyond 2^53 - 1', { origin, size: 2 ** 53, root }],
    ['a size that is NaN', { origin, size: Number.NaN, root }],
    ['a root that is too short', { origin, size: 41, root: root.subarray(1) }],
  ])('formatting refuses %s', (_, wrong) => expect(refusal(() => formatCheckpoint(wrong))).toBe('PROOF_MALFORMED'))
})

describe('a signed checkpoint', () => {
  test('a checkpoint opens with the key of its log', async () => {
    const opened = openCheckpoint(await signNote(text, [signer]), { origin, verifiers })
    expect(opened).toMatchObject({ origin, size: 41, root, note: { text, unknown: [] } })
    expect(opened.note.verified.map(({ verifier }) => verifier)).toEqual(verifiers)
  })

  test('a checkpoint signed by two keys, as in a rotation, opens with either', async () => {
    const next = generateKeyPair('example.com/audit/orders')
    const note = await signNote(text, [signer, parseSigningKey(next.signingKey)])
    const both = [...verifiers, parseVerifierKey(next.verifierKey)]
    for (const some of [[both[0]!], [both[1]!], both]) {
      expect(openCheckpoint(note, { origin, verifiers: some }).note.verified.length).toBe(some.length)
    }
  })

  test('lines after the third are covered by the signature', async () => {
    const note = await signNote(`${text}extension\n`, [signer])
    expect(openCheckpoint(note, { origin, verifiers })).toMatchObject({ size: 41, note: { text: `${text}extension\n` } })
    expect(refusal(() => openCheckpoint(note.replace('extension', 'Extension'), { origin, verifiers }))).toBe(
      'PROOF_BAD_SIGNATURE',
    )
    expect(refusal(() => openCheckpoint(note.replace('extension\n', ''), { origin, verifiers }))).toBe('PROOF_BAD_SIGNATURE')
  })

  test('a checkpoint of another log is refused, even with the same key', async () => {
    const note = await signNote(text.replace('x7k2m9qa', 'another1'), [signer])
    expect(refusal(() => openCheckpoint(note, { origin, verifiers }))).toBe('PROOF_WRONG_ORIGIN')
    expect(() => openCheckpoint(note, { origin, verifiers })).toThrow(
      'This is a checkpoint of "example.com/audit/orders/another1", not of "example.com/audit/orders/x7k2m9qa".',
    )
  })

  test('a checkpoint of another key or without a signature, and a note that is not a checkpoint, are refused', async () => {
    const another = parseSigningKey(generateKeyPair('example.com/audit/orders').signingKey)
    const open = (note: string) => refusal(() => openCheckpoint(note, { origin, verifiers }))
    expect(open(await signNote(text, [another]))).toBe('PROOF_UNSIGNED')
    expect(open(text)).toBe('PROOF_MALFORMED')
    expect(open(await signNote('hello\n', [signer]))).toBe('PROOF_MALFORMED')
  })

  test('a checkpoint with any character changed is refused', async () => {
    const note = await signNote(text, [signer])
    const changed = [...Array(note.length).keys()].map(
      (at) => note.slice(0, at) + (note[at] === 'A' ? 'B' : 'A') + note.slice(at + 1),
    )
    expect(changed.map((other) => refusal(() => openCheckpoint(other, { origin, verifiers }))).filter((code) => !code)).toEqual(
      [],
    )
  })

  test.each([
    [
      '6476701',
      'mb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=',
      'Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfvimWEPWL+o3GeoWwOoAw=',
    ],
    [
      '65209736',
      '5+uGFjx6xBZG8ip1+wi77v+grwbhhukIrxEUS8PXvRo=',
      'Az3grnbssgK7ubgFX36gVETtNv0U23qxyAhAMai2QUfeGa3nB/akvkMdlUErfcZz7l/R3cVtYspg3dxXABkGZZKdsQ8=',
    ],
  ])('the checkpoint of the Go checksum database at %s leaves opens', (size, hash, signature) => {
    const note = `go.sum database tree\n${size}\n${hash}\n\n— sum.golang.org ${signature}\n`
    const key = parseVerifierKey('sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8')
    const opened = openCheckpoint(note, { origin: 'go.sum database tree', verifiers: [key] })
    expect([opened.size, Buffer.from(opened.root).toString('base64')]).toEqual([Number(size), hash])
  })
})
