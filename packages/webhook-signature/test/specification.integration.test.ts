import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { generateWebhookKeyPair, generateWebhookSecret, verifyWebhook, webhookSigner } from '../src/index.ts'

// `v1a` compared with a program in another language that was written from the specifications alone: Standard Webhooks for the signed
// text and its format, RFC 8032 for Ed25519.

const program = fileURLToPath(new URL('specification/v1a.py', import.meta.url))

interface Result {
  readonly code: number | null
  readonly answer: Readonly<Record<string, unknown>>
}

function python(command: string, input: object = {}): Result {
  const { status, stdout, stderr, error } = spawnSync('python3', [program, command], {
    input: JSON.stringify(input),
    encoding: 'utf8',
  })
  if (error || status === 2) throw error ?? new Error(stderr)
  return { code: status, answer: JSON.parse(stdout) as Result['answer'] }
}

const now = Math.floor(Date.now() / 1_000)
const id = '01996a3e-7c1f-7d02-8f3a-000000000001_01996a3e-7c1f-7d02-8f3a-000000000100_100'
const bodies = ['', '[]', '{"text":"café \u{1f600} \u2028"}', 'x'.repeat(20_000)]
const base64 = (text: string) => Buffer.from(text).toString('base64')
const headersWith = (signature: string) => ({
  'webhook-id': id,
  'webhook-timestamp': String(now),
  'webhook-signature': signature,
})

const hasPython = spawnSync('python3', ['--version']).status === 0
if (!hasPython) process.stderr.write('python3 is missing: v1a is not compared with the second implementation.\n')

describe.skipIf(!hasPython && !process.env['CI'])('the second implementation', () => {
  test('the second implementation passes the vectors of RFC 8032', () => {
    const { status } = spawnSync('python3', [program, 'selftest'])
    expect(status).toBe(0)
  })

  test.each(bodies)('the second implementation verifies our signature, and refuses changed requests: %.20s', (body) => {
    const { privateKey, publicKey } = generateWebhookKeyPair()
    const signature = webhookSigner([generateWebhookSecret(), privateKey]).sign({ id, timestamp: now, body })
    const request = { publicKey, headers: headersWith(signature), body: base64(body), now, toleranceSeconds: 300 }
    expect(python('verify', request)).toEqual({ code: 0, answer: { ok: true } })
    for (const changed of [
      { body: base64(`${body} `) },
      { headers: { ...request.headers, 'webhook-id': 'another' } },
      { headers: { ...request.headers, 'webhook-timestamp': String(now - 1) } },
      { publicKey: generateWebhookKeyPair().publicKey },
      { now: now + 301 },
    ]) {
      expect(python('verify', { ...request, ...changed })).toMatchObject({ code: 1, answer: { ok: false } })
    }
  })

  test.each(bodies)('the second implementation makes the same signature as we do: %.20s', (body) => {
    const { privateKey, publicKey } = python('keygen').answer as { privateKey: string; publicKey: string }
    const { signature } = python('sign', { privateKey, id, timestamp: now, body: base64(body) }).answer as { signature: string }
    expect(webhookSigner(privateKey).sign({ id, timestamp: now, body })).toBe(signature)
    expect(verifyWebhook({ headers: headersWith(signature), body }, publicKey).id).toBe(id)
    expect(() => verifyWebhook({ headers: headersWith(signature), body: `${body} ` }, publicKey)).toThrow(
      'None of the signatures',
    )
  })

  test('both implementations refuse an S that is too large and an invalid point', () => {
    const { privateKey, publicKey } = generateWebhookKeyPair()
    const signature = webhookSigner(privateKey).sign({ id, timestamp: now, body: '{}' })
    const bytes = Buffer.from(signature.slice('v1a,'.length), 'base64')
    const order = 2n ** 252n + 27742317777372353535851937790883648493n
    const scalar = BigInt(`0x${Buffer.from(bytes.subarray(32).toReversed()).toString('hex')}`) + order
    const larger = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex').toReversed()
    const malleable = `v1a,${Buffer.concat([bytes.subarray(0, 32), larger]).toString('base64')}`
    const broken = `v1a,${Buffer.concat([Buffer.alloc(32, 0xff), bytes.subarray(32)]).toString('base64')}`
    for (const wrong of [malleable, broken]) {
      const request = { publicKey, headers: headersWith(wrong), body: base64('{}'), now, toleranceSeconds: 300 }
      expect(python('verify', request).code).toBe(1)
      expect(() => verifyWebhook({ headers: headersWith(wrong), body: '{}' }, publicKey)).toThrow('None of the signatures')
    }
  })
})
