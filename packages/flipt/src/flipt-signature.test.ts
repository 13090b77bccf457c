import { expect, test } from 'vitest'
import { fliptSignature, fliptSigner, verifyFliptWebhook } from './index.ts'

test("Flipt's signature is the HMAC-SHA256 of the exact body in lower-case hex", () => {
  // RFC 4231, test case 2.
  expect(fliptSignature('what do ya want for nothing?', 'Jefe')).toBe(
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  )
})

test("Flipt's signature is verified with any of the given secrets and no other", () => {
  const body = '{"version":"0.2"}'
  const headers = { 'X-Flipt-Webhook-Signature': fliptSignature(body, 'new') }
  expect(() => verifyFliptWebhook({ headers, body }, ['old', 'new'])).not.toThrow()
  expect(() => verifyFliptWebhook({ headers, body: `${body}\n` }, 'new')).toThrow('does not match any of the secrets')
  expect(() => verifyFliptWebhook({ headers, body }, 'old')).toThrow('does not match any of the secrets')
  const upper = { 'x-flipt-webhook-signature': headers['X-Flipt-Webhook-Signature'].toUpperCase() }
  expect(() => verifyFliptWebhook({ headers: upper, body }, 'new')).toThrow('does not match any of the secrets')
  expect(() => verifyFliptWebhook({ headers: {}, body }, 'new')).toThrow('has no header x-flipt-webhook-signature')
  expect(() => verifyFliptWebhook({ headers, body: { version: '0.2' } as never }, 'new')).toThrow('Verify before parsing')
  for (const secret of ['', [], ['a', '']])
    expect(() => verifyFliptWebhook({ headers, body }, secret)).toThrow('missing or empty')
})

test('a signer makes the header that is verified, with the text of the secret as it is', () => {
  const body = Buffer.from('{"version":"0.2"}')
  const headers = fliptSigner('not a whsec')({ body })
  expect(() => verifyFliptWebhook({ headers, body }, 'not a whsec')).not.toThrow()
  expect(fliptSigner(['not a whsec'])({ body })).toEqual(headers)
})

test.each([
  ['', 'secret: it is empty'],
  [[], 'secret: it is empty'],
  [undefined, 'secret: it is empty'],
  [['planted-1', 'planted-2'], "secret: Flipt's header holds one signature; give one secret"],
])('a signer refuses the secret %j, and does not show it', (secret, problem) => {
  const make = () => fliptSigner(secret as string)
  expect(make).toThrow(expect.objectContaining({ code: 'AUDIT_INVALID_OPTIONS', problems: [problem] }))
  expect(make).not.toThrow(/planted/)
})
