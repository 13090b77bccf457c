import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { formatVerifierKey, parseVerifierKey } from './verifier-key.ts'
import { parseSigningKey } from './signing-key.ts'
import { keyIdOf, keyIdText } from './key-name.ts'

// RFC 8032, section 7.1.

const hex = (text: string) => Buffer.from(text, 'hex')
const vectors = [
  {
    name: 'TEST 1',
    secret: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: hex(''),
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    name: 'TEST 2',
    secret: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: hex('72'),
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    name: 'TEST 3',
    secret: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: hex('af82'),
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
  {
    name: 'TEST SHA(abc)',
    secret: '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
    publicKey: 'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
    message: createHash('sha512').update('abc').digest(),
    signature:
      'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704',
  },
]

const signerOf = ({ secret, publicKey }: (typeof vectors)[number]) => {
  const encoded = Buffer.concat([Buffer.of(1), hex(secret)]).toString('base64')
  return parseSigningKey(`PRIVATE+KEY+rfc+${keyIdText(keyIdOf('rfc', 'ed25519', hex(publicKey)))}+${encoded}`)
}

test.each(vectors)('$name: the secret key yields the public key and the signature', async (vector) => {
  const signer = signerOf(vector)
  expect(signer.verifierKey).toBe(formatVerifierKey('rfc', hex(vector.publicKey)))
  expect(Buffer.from(await signer.sign(vector.message)).toString('hex')).toBe(vector.signature)
})

// Notes are texts: messages that are not UTF-8 can be signed here, but not verified.
const texts = vectors.filter(({ message }) => Buffer.from(message.toString()).equals(message))

describe.each(texts)('$name', ({ publicKey, message, signature }) => {
  const verifier = parseVerifierKey(formatVerifierKey('rfc', hex(publicKey)))
  const text = message.toString()

  test('the signature is accepted for this text and key only', () => {
    const bytes = hex(signature)
    expect(verifier.verify(text, bytes)).toBe(true)
    expect(verifier.verify(`${text}\n`, bytes)).toBe(false)
    expect(verifier.verify(text, bytes.subarray(1))).toBe(false)
    expect(verifier.verify(text, Buffer.concat([bytes, Buffer.of(0)]))).toBe(false)
    expect(verifier.verify(text, Buffer.alloc(0))).toBe(false)
    for (let at = 0; at < 64; at++) expect(verifier.verify(text, bytes.with(at, bytes[at]! ^ 1))).toBe(false)
  })

  test('an equivalent signature with S + L is refused (section 5.1.7)', () => {
    const order = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n
    const bytes = hex(signature)
    let scalar = BigInt(`0x${Buffer.from(bytes.subarray(32).toReversed()).toString('hex')}`) + order
    for (let at = 32; at < 64; at++, scalar >>= 8n) bytes[at] = Number(scalar & 0xffn)
    expect(verifier.verify(text, bytes)).toBe(false)
  })
})
