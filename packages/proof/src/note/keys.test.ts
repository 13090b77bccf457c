import { createPrivateKey, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { refusal } from '../../test/refusal.ts'
import { checkKeyName } from './key-name.ts'
import { createSigner, generateKeyPair, parseSigningKey } from './signing-key.ts'
import { formatVerifierKey, parseVerifierKey } from './verifier-key.ts'

// The keys of the tests of Go's sumdb/note, of real logs and of witnesses.
const peter = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const peterSecret = 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz'

/** Every proper part of a text, and the text with each character replaced by the next. */
function manglings(text: string): readonly string[] {
  const at = [...text].map((_, index) => index)
  return [
    ...at
      .flatMap((from) => [...at, text.length].filter((to) => to > from).map((to) => text.slice(from, to)))
      .filter((part) => part !== text),
    ...at.map((index) => text.slice(0, index) + String.fromCharCode(text.charCodeAt(index) + 1) + text.slice(index + 1)),
  ]
}

describe('a verifier key', () => {
  test.each([
    [peter, 'PeterNeumann', 0xc7_4f_20_a3, 'ed25519'],
    ['example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k', 'example.com/foo', 0x53_0d_90_3a, 'ed25519'],
    ['sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8', 'sum.golang.org', 0x03_3d_e0_ae, 'ed25519'],
    ['TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6', 'TEST', 0x79_97_40_5c, 'ed25519'],
    ['remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2', 'remora.n621.de', 0xda_77_ad_e7, 'cosignature'],
  ])('the verifier key %s is read', (text, name, keyId, type) => {
    expect(parseVerifierKey(text)).toMatchObject({ name, keyId, type })
  })

  test('a mangled verifier key is refused', () => {
    expect(new Set(manglings(peter).map((text) => refusal(() => parseVerifierKey(text))))).toEqual(new Set(['PROOF_MALFORMED']))
  })

  const good = peter.split('+')
  test.each([
    ['with another length and the matching id', 'PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY=='],
    ['with an unknown type and the matching id', 'PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'],
    ['with another name', `Peter+${good[1]}+${good[2]}`],
    ['without a key', `PeterNeumann+${good[1]}+`],
    ['with an id in capitals', `PeterNeumann+C74F20A3+${good[2]}`],
    ['in URL-safe Base64', peter.replace('/', '_')],
    ['in Base64 with spare bits', peter.replace('10TW', '10TX')],
    ['with a newline behind it', `${peter}\n`],
    ['with a space in its name', peter.replace('PeterN', 'Peter N')],
    ['that is a signing key', peterSecret],
    ['that is empty', ''],
  ])('a verifier key %s is refused', (_, text) => expect(refusal(() => parseVerifierKey(text))).toBe('PROOF_MALFORMED'))

  test('a formatted verifier key is parsed back', () => {
    const bytes = Buffer.from(good[2]!, 'base64').subarray(1)
    expect(formatVerifierKey('PeterNeumann', bytes)).toBe(peter)
    expect(parseVerifierKey(formatVerifierKey('w', bytes, 'cosignature')).type).toBe('cosignature')
    expect(refusal(() => formatVerifierKey('PeterNeumann', bytes.subarray(1)))).toBe('PROOF_MALFORMED')
    expect(refusal(() => formatVerifierKey('Peter Neumann', bytes))).toBe('PROOF_MALFORMED')
  })

  test('the same bytes are different keys for a log and for a witness', () => {
    const bytes = Buffer.from(good[2]!, 'base64').subarray(1)
    const [log, witness] = [parseVerifierKey(peter), parseVerifierKey(formatVerifierKey('PeterNeumann', bytes, 'cosignature'))]
    expect(log.keyId).not.toBe(witness.keyId)
  })
})

describe('a signing key', () => {
  test("Go's signing key is read and yields its verifier key", () => {
    expect(parseSigningKey(peterSecret)).toMatchObject({ name: 'PeterNeumann', keyId: 0xc7_4f_20_a3, verifierKey: peter })
  })

  test('a mangled signing key is refused', () => {
    const codes = manglings(peterSecret).map((text) => refusal(() => parseSigningKey(text)))
    expect(new Set(codes)).toEqual(new Set(['PROOF_MALFORMED']))
  })

  test('an error never shows a part of a signing key', () => {
    const seed = peterSecret.slice(-44).replaceAll('+', 'x')
    for (const text of [
      `PRIVATE+KEY+${seed} +c74f20a3+${seed}`,
      `${seed}\n${seed}`,
      `PRIVATE+KEY+x+00000000+${seed}`,
      `${peterSecret} `,
    ]) {
      expect(() => parseSigningKey(text)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining(seed.slice(0, 8)) }),
      )
    }
  })

  test('each generated key pair is different', async () => {
    const [one, other] = [generateKeyPair('example.com/log'), generateKeyPair('example.com/log')]
    expect(one.signingKey).not.toBe(other.signingKey)
    const signer = parseSigningKey(one.signingKey)
    expect(signer.verifierKey).toBe(one.verifierKey)
    const signature = await signer.sign(Buffer.from('text\n'))
    expect(parseVerifierKey(one.verifierKey).verify('text\n', signature)).toBe(true)
    expect(parseVerifierKey(other.verifierKey).verify('text\n', signature)).toBe(false)
  })

  test('createSigner signs with a key that is elsewhere', async () => {
    const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex')
    const seed = Buffer.from(peterSecret.slice(-44), 'base64').subarray(1)
    const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: 'der', type: 'pkcs8' })
    const publicKey = Buffer.from(peter.split('+')[2]!, 'base64').subarray(1)
    const signer = createSigner('PeterNeumann', publicKey, async (text) => sign(null, text, privateKey))
    expect([signer.verifierKey, signer.keyId]).toEqual([peter, 0xc7_4f_20_a3])
    expect(parseVerifierKey(peter).verify('text\n', await signer.sign(Buffer.from('text\n')))).toBe(true)
    expect(refusal(() => createSigner('PeterNeumann', seed.subarray(1), signer.sign))).toBe('PROOF_MALFORMED')
  })
})

test.each([
  '',
  'two words',
  'a+b',
  'tab\t',
  'line\n',
  'no\u00A0break',
  'next\u0085',
  'em\u2003',
  'ideographic\u3000',
  'bell\u0007',
  '\u009B31m',
  'half \uD83D',
])('the key name %j is refused', (name) => {
  expect(refusal(() => checkKeyName(name))).toBe('PROOF_MALFORMED')
  expect(refusal(() => generateKeyPair(name))).toBe('PROOF_MALFORMED')
})
test.each(['example.com/audit/orders', 'x', 'ключ', '💥', '\'"\\'])('the key name %j is accepted', (name) => {
  expect(parseSigningKey(generateKeyPair(name).signingKey).name).toBe(name)
})
