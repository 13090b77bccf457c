import { randomUUID } from 'node:crypto'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { describe, expect, test } from 'vitest'
import { generateWebhookKeyPair, generateWebhookSecret, verifyWebhook, webhookSigner } from './index.ts'

// Implementations that others wrote: what we sign they verify, what they sign we verify, and both refuse the same.

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

  test.each(bodies)('verifies what we sign: %.20s', (body) => {
    const signature = webhookSigner(secret).sign({ id, timestamp, body })
    expect(() => verified(body, signature)).not.toThrow()
    expect(signature).toBe(theirs.sign(id, at, body))
  })

  test.each(bodies)('signs what we verify: %.20s', (body) => {
    const headers = headersWith(theirs.sign(id, at, body))
    expect(verifyWebhook({ headers, body }, secret)).toEqual({ id, timestamp: at })
  })

  test('finds its signature among those of other secrets and of the other kind', () => {
    const secrets = [generateWebhookSecret(), generateWebhookKeyPair().privateKey, secret]
    const signature = webhookSigner(secrets).sign({ id, timestamp, body: '{}' })
    expect(() => verified('{}', signature)).not.toThrow()
  })

  test('refuses what we refuse', () => {
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
