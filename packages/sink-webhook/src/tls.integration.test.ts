import { inspect } from 'node:util'
import { SinkError, type Sink } from '@audit/core/sink'
import { sampleBatch } from '@audit/core/testing'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { makeAuthority, type Authority } from '../test/certificates.ts'
import { testReceiver, type Receiver } from '../test/receiver.ts'
import { webhookSink } from './webhook-sink.ts'
import type { WebhookTlsOptions } from './secure-context.ts'

let authority: Authority
let stranger: Authority
beforeAll(() => {
  ;[authority, stranger] = [makeAuthority(), makeAuthority()]
})

/** Creates a new sink, since certificates are read once, and posts to the receiver. */
async function post(receiver: Receiver, tls?: WebhookTlsOptions): Promise<SinkError | undefined> {
  const sink: Sink = webhookSink({ url: receiver.url, ...(tls && { tls }) })
  try {
    await sink.write(sampleBatch(2), { signal: new AbortController().signal })
    return undefined
  } catch (error) {
    return error as SinkError
  } finally {
    await sink.close!()
  }
}

describe('a receiver whose certificate is of an authority of our own', () => {
  test('a certificate of our own CA is trusted with that CA, and the connection is kept', async () => {
    const receiver = await testReceiver(authority.issue('127.0.0.1'))
    expect(await post(receiver, { ca: authority.cert })).toBeUndefined()
    expect(await post(receiver, { ca: Buffer.from(authority.cert) })).toBeUndefined()
    expect(await post(receiver, { ca: [stranger.cert, authority.cert] })).toBeUndefined()
    expect(receiver.deliveries).toHaveLength(3)
    const sink = webhookSink({ url: receiver.url, tls: { ca: authority.cert } })
    onTestFinished(() => sink.close!())
    for (let count = 0; count < 3; count++) await sink.write(sampleBatch(1), { signal: new AbortController().signal })
    expect(receiver.connections).toBe(4)
  })

  test.each<[string, () => WebhookTlsOptions | undefined, RegExp]>([
    ['without tls.ca', () => undefined, /UNABLE_TO_VERIFY_LEAF_SIGNATURE.*'tls\.ca'/],
    ['with another CA', () => ({ ca: stranger.cert }), /(UNABLE|CERT)_\w+.*/],
  ])(
    'a certificate of our own CA parks the sink %s: nothing is sent, and the message gives advice',
    async (_what, tls, message) => {
      const receiver = await testReceiver(authority.issue('127.0.0.1'))
      expect(await post(receiver, tls())).toMatchObject({ parks: true, message: expect.stringMatching(message) })
      expect(receiver.deliveries).toEqual([])
    },
  )

  test('an untrusted certificate parks the sink even with NODE_TLS_REJECT_UNAUTHORIZED=0', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    onTestFinished(() => void vi.unstubAllEnvs())
    const receiver = await testReceiver(authority.issue('127.0.0.1'))
    expect(await post(receiver)).toMatchObject({ parks: true })
    expect(receiver.deliveries).toEqual([])
  })

  test('a certificate that has expired or is for another name parks the sink', async () => {
    const expired = await testReceiver(authority.issue('127.0.0.1', { days: -1 }))
    expect(await post(expired, { ca: authority.cert })).toMatchObject({
      parks: true,
      message: expect.stringContaining('has expired'),
    })
    const other = await testReceiver(authority.issue('audit.internal'))
    expect(await post(other, { ca: authority.cert })).toMatchObject({
      parks: true,
      message: expect.stringMatching(/ERR_TLS_CERT_ALTNAME_INVALID.*'tls\.serverName'/),
    })
    expect(await post(other, { ca: authority.cert, serverName: 'audit.internal' })).toBeUndefined()
  })
})

describe('a receiver that asks for a certificate', () => {
  const demanding = (maxVersion?: 'TLSv1.2') =>
    testReceiver({
      ...authority.issue('127.0.0.1'),
      requestCert: true,
      rejectUnauthorized: true,
      ca: authority.cert,
      ...(maxVersion && { maxVersion }),
    })

  test.each([undefined, 'TLSv1.2'] as const)(
    'a client certificate is sent to a receiver that asks for it (%s)',
    async (version) => {
      const receiver = await demanding(version)
      expect(await post(receiver, { ca: authority.cert, ...authority.issue('sender') })).toBeUndefined()
      const locked = authority.issue('sender', { passphrase: 'pass' })
      expect(await post(receiver, { ca: authority.cert, ...locked, passphrase: 'pass' })).toBeUndefined()
      expect(receiver.deliveries).toHaveLength(2)
    },
  )

  test('a missing or unknown client certificate parks the sink', async () => {
    const receiver = await demanding()
    expect(await post(receiver, { ca: authority.cert })).toBeInstanceOf(SinkError)
    expect(await post(receiver, { ca: authority.cert, ...stranger.issue('sender') })).toBeInstanceOf(SinkError)
    const older = await demanding('TLSv1.2')
    const error = await post(older, { ca: authority.cert })
    expect(error).toMatchObject({ parks: true, message: expect.stringContaining("'tls.cert' and 'tls.key'") })
    expect([...receiver.deliveries, ...older.deliveries]).toEqual([])
  })
})

test.each(['TLSv1', 'TLSv1.1'] as const)('a receiver that supports at most %s is refused', async (version) => {
  const receiver = await testReceiver({
    ...authority.issue('127.0.0.1'),
    minVersion: version,
    maxVersion: version,
    ciphers: 'ALL@SECLEVEL=0',
  })
  const error = await post(receiver, { ca: authority.cert })
  expect(error).toMatchObject({ parks: true, message: expect.stringContaining('it needs 1.2 or 1.3') })
  expect(receiver.deliveries).toEqual([])
})

test('a receiver without TLS parks the sink for an https:// URL', async () => {
  const receiver = await testReceiver()
  const error = await post({ ...receiver, url: receiver.url.replace('http:', 'https:') })
  expect(error).toMatchObject({ parks: true, message: expect.stringContaining('does not speak TLS') })
})

describe('options that contradict each other', () => {
  test.each<[string, () => WebhookTlsOptions, string]>([
    ['a certificate without its key', () => ({ cert: authority.cert }), "'cert' and 'key' go together"],
    ['a key without its certificate', () => ({ key: authority.key }), "'cert' and 'key' go together"],
    ['the key of another', () => ({ ...authority.issue('a'), key: stranger.key }), "'key' is not the key of 'cert'"],
    ['an invalid key', () => ({ cert: authority.cert, key: 'none' }), "'key' cannot be read"],
    ['a locked key', () => authority.issue('a', { passphrase: 'pass' }), "'key' cannot be read"],
    ['a wrong passphrase', () => ({ ...authority.issue('a', { passphrase: 'pass' }), passphrase: 'no' }), "'key' cannot be read"],
  ])('webhookSink() refuses %s', (_what, tls, problem) => {
    expect(() => webhookSink({ url: 'https://a.example', tls: tls() })).toThrow(problem)
  })
})

test('neither the sink nor its errors show a key or its passphrase', async () => {
  const receiver = await testReceiver(authority.issue('127.0.0.1'))
  const sender = authority.issue('sender', { passphrase: 'planted-secret' })
  const sink = webhookSink({ url: receiver.url, tls: { ...sender, passphrase: 'planted-secret' } })
  onTestFinished(() => sink.close!())
  const error: unknown = await sink
    .write(sampleBatch(1), { signal: new AbortController().signal })
    .catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(SinkError)
  for (const shown of [sink, error].map((value) => inspect(value, { depth: 10, showHidden: true }))) {
    expect(shown).not.toContain('planted-secret')
    expect(shown).not.toContain(sender.key.split('\n')[1])
  }
})
