import { randomUUID } from 'node:crypto'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { describe, expect, test } from 'vitest'
import { generateWebhookKeyPair, generateWebhookSecret, verifyWebhook, webhookSigner } from './index.ts'

// Implementations by others: each side verifies the signatures of the other, and both refuse the same.

const secret = generateWebhookSecret()
const id = `msg_${randomUUID()}`
const at = new Date(Math.floor(Date.now() / 1_000) * 1_000)
const timestamp = at.getTime() / 1_000
const bodies = ['{"a":1}', '[]', '{"text":"café \u{1f600} \u2028"}', 'x'.repeat(100_000)]

const headersWith = (signature: string) => ({
  'webhook-id': id,
  'webhook-timestamp': String(timestamp),
  'webhook-signature': signature,
})

describe.each([
  ['standardwebhooks', StandardWebhook],
  ['svix', SvixWebhook],
])('%s', (_, Webhook) => {
  const theirs = new Webhook(secret)
  const verified = (body: string, signature: string) => theirs.verify(body, headersWith(signature), { jsonParse: false } as never)

  test.each(bodies)('another implementation verifies our signature: %.20s', (body) => {
    const signature = webhookSigner(secret).sign({ id, timestamp, body })
    expect(() => verified(body, signature)).not.toThrow()
    expect(signature).toBe(theirs.sign(id, at, body))
  })

  test.each(bodies)('we verify the signature of another implementation: %.20s', (body) => {
    const headers = headersWith(theirs.sign(id, at, body))
    expect(verifyWebhook({ headers, body }, secret)).toEqual({ id, timestamp: at })
  })

  test('another implementation finds its signature among those of other secrets and kinds', () => {
    const secrets = [generateWebhookSecret(), generateWebhookKeyPair().privateKey, secret]
    const signature = webhookSigner(secrets).sign({ id, timestamp, body: '{}' })
    expect(() => verified('{}', signature)).not.toThrow()
  })

  test('another implementation refuses the same requests as we do', () => {
    const signature = webhookSigner(secret).sign({ id, timestamp, body: '{}' })
    for (const [body, changed] of [
      ['{ }', signature],
      ['{}', signature.replace('v1,', 'v2,')],
      ['{}', webhookSigner(generateWebhookSecret()).sign({ id, timestamp, body: '{}' })],
    ] as const) {
      expect(() => verified(body, changed)).toThrow()
      expect(() => verifyWebhook({ headers: headersWith(changed), body }, secret)).toThrow()
    }
  })
})

describe('v1a, as others have published it', () => {
  const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1_614_265_330, body: '{"test": 2432232314}' }
  const svix = 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=='
  test.each([
    [
      'the server of Svix, which the specification quotes',
      svix,
      'hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
    ],
    [
      'the library in Go, whose private keys are 32 bytes',
      'whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=',
      'tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==',
    ],
  ])('the published v1a vector of %s is reproduced', (_, privateKey, signature) => {
    expect(webhookSigner(privateKey).sign(message)).toBe(`v1a,${signature}`)
    const headers = {
      'webhook-id': message.id,
      'webhook-timestamp': String(message.timestamp),
      'webhook-signature': `v1a,${signature}`,
    }
    const now = () => message.timestamp * 1_000
    expect(verifyWebhook({ headers, body: message.body }, privateKey, { now }).id).toBe(message.id)
  })

  test('a v1a signature verifies with the public key that Svix publishes', () => {
    const signature = webhookSigner(svix).sign(message)
    const headers = { 'webhook-id': message.id, 'webhook-timestamp': String(message.timestamp), 'webhook-signature': signature }
    const publicKey = 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4='
    const now = () => message.timestamp * 1_000
    expect(verifyWebhook({ headers, body: message.body }, publicKey, { now }).id).toBe(message.id)
  })
})
