import { AuditError } from '@audit/core/sink'
import { generateWebhookSecret } from '@audit/webhook-signature'
import { describe, expect, test } from 'vitest'
import { resolveWebhookSinkOptions, type WebhookSinkOptions } from './webhook-sink-options.ts'

const url = 'https://hooks.example.com/x'
const body = (): string => 'a message'
const format = { encode: (): string => 'a message' }

function problemsOf(given: unknown): string {
  try {
    resolveWebhookSinkOptions(given as WebhookSinkOptions)
  } catch (error) {
    expect(AuditError.isInstance(error) && error.code).toBe('AUDIT_INVALID_OPTIONS')
    return (error as Error).message
  }
  return expect.fail('the options were accepted')
}

test('a url is enough; everything else has a default', () => {
  expect(resolveWebhookSinkOptions({ url })).toMatchObject({
    name: 'webhook:hooks.example.com',
    encoding: 'array',
    headers: {},
    allow: 'any',
    sign: undefined,
    statuses: undefined,
    connectTimeoutMs: 5_000,
    headersTimeoutMs: 10_000,
    timeoutMs: 15_000,
  })
})

test.each([
  [undefined, 'options: '],
  [{}, 'url: give a text or a URL'],
  [{ url: '' }, 'url: give an http:// or https:// URL'],
  [{ url: '/path' }, 'url: give an http:// or https:// URL'],
  [{ url: 'ftp://a' }, 'url: give an http:// or https:// URL'],
  [{ url: 'https://user:pw@a' }, "url: there are credentials in it; give them in 'headers'"],
  [{ url: 'https://token@a' }, 'url: there are credentials in it'],
  [{ url, adress: 'x' }, 'adress: there is no such option'],
  [{ url, header: {} }, "header: there is no such option; did you mean 'headers'?"],
  [{ url, timeoutms: 5 }, "did you mean 'timeoutMs'?"],
  [{ url, tls: { CA: 'x' } }, "tls.CA: there is no such option; did you mean 'ca'?"],
  [{ url, tls: { ca: 7 } }, 'tls.ca: '],
  [{ url, tls: { serverName: '127.0.0.1' } }, 'tls.serverName: give a host name'],
  [{ url, tls: { ca: 'no certificate' } }, "tls: 'ca' holds no certificate in PEM"],
  [{ url, tls: { cert: 'no certificate', key: 'x' } }, "tls: 'cert' holds no certificate in PEM"],
  [{ url: 'http://a', tls: {} }, 'tls: there is no TLS with an http:// URL'],
  [{ url, secret: '' }, 'secret: '],
  [{ url, secret: [] }, 'secret: '],
  [{ url, secret: 'password' }, 'secret: '],
  [{ url, secret: undefined }, 'secret: it is undefined; leave it out to send unsigned'],
  [{ url, sign: undefined }, 'sign: it is undefined; leave it out to send unsigned'],
  [{ url, sign: 'whsec_' }, 'sign: give a function that returns headers'],
  [{ url, sign: () => ({}), secret: generateWebhookSecret() }, "sign: give either 'secret' or 'sign'"],
  [{ url, format: 'xml' }, "format: give an object with 'encode'"],
  [{ url, format: null }, "format: give an object with 'encode'"],
  [{ url, format: { encode: 'xml' } }, "format: give an object with 'encode'"],
  [{ url, format, encoding: 'ndjson' }, 'encoding: '],
  [{ url, format, body }, "body: give either 'body' or 'format'"],
  [{ url, format, statuses: ['success'] }, "statuses: give them with 'body' only"],
  [{ url, body, encoding: 'array' }, 'encoding: '],
  [{ url, body: '' }, 'body: give a text or a function'],
  [{ url, body: '{"text": {{ target.id }' }, 'body: line 1, column 10: '],
  [{ url, body: { text: 'x' } }, 'body: give a text or a function'],
  [{ url, statuses: ['success'] }, "statuses: give them with 'body' only"],
  [{ url, body, statuses: [] }, 'statuses: '],
  [{ url, body, statuses: ['done'] }, 'statuses.0: '],
  [{ url, encoding: 'xml' }, 'encoding: '],
  [{ url, allow: 'private' }, 'allow: '],
  [{ url: 'http://a.example', allow: 'public' }, 'url: only https: is allowed to a public receiver'],
  [{ url: 'https://user:pw@a.example', allow: 'public' }, 'url: there are credentials in it'],
  [{ url: 'https://0x7f.1/', allow: 'public' }, 'url: 127.0.0.1 is not a public address'],
  [{ url, timeoutMs: 0 }, 'timeoutMs: '],
  [{ url, connectTimeoutMs: 1.5 }, 'connectTimeoutMs: '],
  [{ url, headersTimeoutMs: Infinity }, 'headersTimeoutMs: '],
  [{ url, name: '' }, 'name: '],
  [undefined, 'options: '],
  [null, 'options: '],
  [3, 'options: '],
])('the options %o are refused', (given, problem) => {
  expect(problemsOf(given)).toContain(problem)
})

test('one error lists all problems', () => {
  const message = problemsOf({ url: 'ftp://a', secret: 'x', headers: { host: 'b' }, format, body })
  expect(message).toMatch(/^The options of webhookSink are wrong: .*\.$/)
  for (const problem of ['url: ', 'headers.host: ', 'body: ']) expect(message).toContain(problem)
  const types = problemsOf({ url: 7, format: 'x', headers: { a: 1 }, unknown: 1 })
  for (const problem of ['url: ', 'format: ', 'headers.a: ', 'unknown: ']) expect(types).toContain(problem)
})

describe('headers', () => {
  test.each([
    [{ 'x-a': 'b\r\nevil: 1' }, 'headers.x-a: its value has a character that headers cannot have'],
    [{ 'x-a': 'b\0' }, 'headers.x-a: '],
    [{ 'x-a': '\u{1f600}' }, 'headers.x-a: '],
    [{ 'x a': 'b' }, `headers: "x a" is not a header's name`],
    [{ 'x\r\nevil: 1': 'b' }, `headers: "x\\r\\nevil: 1" is not a header's name`],
    [{ '': 'b' }, `headers: "" is not a header's name`],
    [{ 'X-A': '1', 'x-a': '2' }, 'headers.x-a: it is given twice'],
    [{ 'x-a': 7 }, 'headers.x-a: '],
    [{ 'x-a': undefined }, 'headers.x-a: '],
  ])('the headers %o are refused', (headers, problem) => {
    expect(problemsOf({ url, headers })).toContain(problem)
  })

  test.each([
    'Host',
    'content-length',
    'Content-Encoding',
    'transfer-encoding',
    'Connection',
    'keep-alive',
    'upgrade',
    'expect',
    'TE',
    'trailer',
    'webhook-id',
    'Webhook-Signature',
    'webhook-timestamp',
  ])('the header %s cannot be given', (name) => {
    expect(problemsOf({ url, headers: { [name]: 'x' } })).toContain(`headers.${name}: it cannot be given`)
  })

  test('other headers may be given, including content-type', () => {
    const headers = { Authorization: 'Bearer x', 'Content-Type': 'application/cloudevents+json', 'x-b': 'caf\u00e9' }
    expect(resolveWebhookSinkOptions({ url, headers }).headers).toEqual({
      authorization: 'Bearer x',
      'content-type': 'application/cloudevents+json',
      'x-b': 'caf\u00e9',
    })
  })
})

test('a problem never shows a value: it may be a secret', () => {
  const secret = 'planted-secret'
  const wrong = [
    { url: `https://${secret}@a/${secret}?${secret}` },
    { url: `ftp://a/${secret}` },
    { url, secret },
    { url, secret: [generateWebhookSecret(), secret] },
    { url, secret: { secret } },
    { url, headers: { authorization: `${secret}\n` } },
    { url, headers: { host: secret } },
    { url, tls: { ca: secret, key: secret, cert: secret, passphrase: secret } },
    { url, tls: { key: secret } },
    { url, format: secret, encoding: secret, allow: secret, name: secret.repeat(99), timeoutMs: secret },
  ]
  for (const given of wrong) expect(problemsOf(given)).not.toContain(secret)
})
