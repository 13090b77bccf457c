import { describe, expect, test } from 'vitest'
import {
  generateWebhookKeyPair,
  generateWebhookSecret,
  verifyWebhook,
  webhookSigner,
  type WebhookRequest,
  type WebhookSignatureErrorCode,
} from './index.ts'

const secret = generateWebhookSecret()
const { privateKey, publicKey } = generateWebhookKeyPair()
const now = 1_780_000_000_000
const timestamp = now / 1_000
const id = 'msg_1'
const body = '{"a":1}'

function signed(secrets: string | readonly string[], changed: Readonly<Record<string, string>> = {}): WebhookRequest {
  const signature = webhookSigner(secrets).sign({ id, timestamp, body })
  const headers = { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signature, ...changed }
  return { headers, body }
}

const verify = (request: WebhookRequest, secrets: string | readonly string[] = [secret, publicKey], toleranceMs?: number) =>
  verifyWebhook(request, secrets, { now: () => now, ...(toleranceMs !== undefined && { toleranceMs }) })

function codeOf(call: () => unknown): WebhookSignatureErrorCode | undefined {
  try {
    call()
    return undefined
  } catch (error) {
    return (error as { code: WebhookSignatureErrorCode }).code
  }
}

describe('is verified', () => {
  const { headers } = signed(secret)
  test.each<[string, WebhookRequest, string | string[]]>([
    ['v1', signed(secret), secret],
    ['v1a with the public key', signed(privateKey), publicKey],
    ['v1a with the private key', signed(privateKey), privateKey],
    ['one of several secrets, while one is rotated', signed(secret), [generateWebhookSecret(), secret]],
    ['one of several signatures', signed([generateWebhookSecret(), secret, privateKey]), secret],
    ['headers of fetch', { headers: new Headers(headers as Record<string, string>), body }, secret],
    ['headers as a Map', { headers: new Map(Object.entries(headers as Record<string, string>)), body }, secret],
    [
      'names in any case, values in lists',
      {
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value as string]])),
        body,
      },
      secret,
    ],
    ['bytes', { headers, body: Buffer.from(body) }, secret],
    ['bytes of another view', { headers, body: new Uint8Array(Buffer.from(body)) }, secret],
  ])('a request is verified with %s', (_, request, secrets) => {
    expect(verify(request, secrets)).toEqual({ id, timestamp: new Date(now) })
  })

  test.each<[string, object]>([
    ['toleranceMs', { toleranceMs: Number.NaN }],
    ['toleranceMs', { toleranceMs: Infinity }],
    ['toleranceMs', { toleranceMs: -1 }],
    ['toleranceMs', { toleranceMs: '300000' }],
    ['toleranceMs', { toleranceMs: null }],
    ['now', { now: Number.NaN }],
    ['now', { now: 1_780_000_000_000 }],
    ['now', { now: () => Number.NaN }],
    ['now', { now: () => new Date(now) }],
    ['now', { now: () => undefined }],
    ['tolerance', { tolerance: 60 }],
  ])('an invalid option %s is refused: %o', (option, options) => {
    const request = signed(secret)
    expect(codeOf(() => verifyWebhook(request, secret, options))).toBe('WEBHOOK_INVALID_OPTIONS')
    expect(() => verifyWebhook(request, secret, options)).toThrow(`${option}: `)
  })

  test('a request verifies until the last second of the tolerance', () => {
    const at = (seconds: number) => () => verifyWebhook(signed(secret), secret, { now: () => now + seconds * 1_000 })
    expect([at(300), at(301), at(-300), at(-301)].map(codeOf)).toEqual([
      undefined,
      'WEBHOOK_TIMESTAMP_TOO_OLD',
      undefined,
      'WEBHOOK_TIMESTAMP_TOO_NEW',
    ])
  })
})

describe('is refused', () => {
  const [version, signature = ''] = (signed(secret).headers as Record<string, string>)['webhook-signature']!.split(',')
  const hex = Buffer.from(signature, 'base64').toString('hex')
  const headers = signed(secret).headers as Record<string, string>
  const without = (name: string) => Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name))
  const asShared = `whsec_${publicKey.slice('whpk_'.length)}`

  test.each<[string, WebhookSignatureErrorCode, () => unknown]>([
    ['another body', 'WEBHOOK_SIGNATURE_MISMATCH', () => verify({ headers, body: `${body} ` })],
    ['another id', 'WEBHOOK_SIGNATURE_MISMATCH', () => verify(signed(secret, { 'webhook-id': 'msg_2' }))],
    ['another time', 'WEBHOOK_SIGNATURE_MISMATCH', () => verify(signed(secret, { 'webhook-timestamp': String(timestamp - 1) }))],
    ['another secret', 'WEBHOOK_SIGNATURE_MISMATCH', () => verify(signed(secret), generateWebhookSecret())],
    ['another key', 'WEBHOOK_SIGNATURE_MISMATCH', () => verify(signed(privateKey), generateWebhookKeyPair().publicKey)],
    ['hex', 'WEBHOOK_SIGNATURE_MISMATCH', () => verify(signed(secret, { 'webhook-signature': `v1,${hex}` }))],
    ['no version', 'WEBHOOK_SIGNATURE_MISMATCH', () => verify(signed(secret, { 'webhook-signature': signature }))],
    ['an empty signature', 'WEBHOOK_SIGNATURE_MISMATCH', () => verify(signed(secret, { 'webhook-signature': `${version},` }))],
    [
      'a cut one',
      'WEBHOOK_SIGNATURE_MISMATCH',
      () => verify(signed(secret, { 'webhook-signature': `v1,${signature.slice(0, -4)}` })),
    ],
    ['a longer one', 'WEBHOOK_SIGNATURE_MISMATCH', () => verify(signed(secret, { 'webhook-signature': `v1,${signature}AAAA` }))],
    [
      'white space in it',
      'WEBHOOK_SIGNATURE_MISMATCH',
      () => verify(signed(secret, { 'webhook-signature': `v1, ${signature}` })),
    ],
    ['v1 as v1a', 'WEBHOOK_SIGNATURE_MISMATCH', () => verify(signed(secret, { 'webhook-signature': `v1a,${signature}` }))],
    [
      'a signature made with the public key as a shared secret',
      'WEBHOOK_SIGNATURE_MISMATCH',
      () => verify(signed(asShared), publicKey),
    ],
    ['a dot that moves the id into the time', 'WEBHOOK_INVALID_HEADER', () => verify(signed(secret, { 'webhook-id': 'msg.1' }))],
    ['an invalid time', 'WEBHOOK_INVALID_HEADER', () => verify(signed(secret, { 'webhook-timestamp': '1e9' }))],
    ['a negative time', 'WEBHOOK_INVALID_HEADER', () => verify(signed(secret, { 'webhook-timestamp': '-1' }))],
    ['too long headers', 'WEBHOOK_INVALID_HEADER', () => verify(signed(secret, { 'webhook-signature': 'v1,A '.repeat(9_000) }))],
    ['two ids', 'WEBHOOK_INVALID_HEADER', () => verify({ headers: { ...headers, 'webhook-id': [id, 'msg_2'] }, body })],
    ['no id', 'WEBHOOK_MISSING_HEADER', () => verify({ headers: without('webhook-id'), body })],
    ['no time', 'WEBHOOK_MISSING_HEADER', () => verify({ headers: without('webhook-timestamp'), body })],
    ['no signature', 'WEBHOOK_MISSING_HEADER', () => verify({ headers: without('webhook-signature'), body })],
    ['a body that was parsed', 'WEBHOOK_BODY_NOT_RAW', () => verify({ headers, body: { a: 1 } as never })],
    ['no body', 'WEBHOOK_BODY_NOT_RAW', () => verify({ headers, body: undefined as never })],
  ])('a request is refused with %s', (_, code, call) => expect(codeOf(call)).toBe(code))

  test.each([
    ['', 'empty'],
    [[], 'There are no secrets'],
    ['secret', 'does not begin with'],
    ['whsec_', '0 bytes'],
    ['whsec_AAAA', '3 bytes'],
    [`whsec_${Buffer.alloc(65).toString('base64')}`, '65 bytes'],
    [`${secret}\n`, 'not base64'],
    [`${secret.slice(0, -1)}`, 'not base64'],
    [['whpk_AAAA', secret], 'Secret 1 has 3 bytes'],
    ['whsk_AAAA', 'Secret'.toLowerCase()],
    [`whsk_${Buffer.alloc(64, 7).toString('base64')}`, 'its public key does not match its private key'],
    [null, 'not a text'],
  ])('the invalid secret %j is refused without being shown', (wrong, said) => {
    const call = () => verify(signed(secret), wrong as string)
    expect(codeOf(call)).toBe('WEBHOOK_INVALID_SECRET')
    expect(call).toThrow(said)
    const shown = [wrong].flat().filter((text) => typeof text === 'string' && text.length > 12) as string[]
    for (const text of shown) expect(call).not.toThrow(text.slice(6))
  })
})

describe('signing', () => {
  test.each([
    ['with a public key', () => webhookSigner(publicKey)],
    ['with nothing', () => webhookSigner([])],
  ])('signing %s is refused', (_, call) => expect(codeOf(call)).toBe('WEBHOOK_INVALID_SECRET'))

  test('signing with an empty id, an id with a dot, or a fraction of a second is refused', () => {
    const { sign } = webhookSigner(secret)
    expect(() => sign({ id: 'a.b', timestamp, body })).toThrow(RangeError)
    expect(() => sign({ id: '', timestamp, body })).toThrow(RangeError)
    expect(() => sign({ id, timestamp: 1.5, body })).toThrow(RangeError)
  })

  test('an Ed25519 private key is accepted with and without its public key (RFC 8032)', () => {
    const seed = privateKey.slice('whsk_'.length)
    const short = `whsk_${Buffer.from(seed, 'base64').subarray(0, 32).toString('base64')}`
    const message = { id, timestamp, body }
    expect(webhookSigner(short).sign(message)).toBe(webhookSigner(privateKey).sign(message))
  })
})
