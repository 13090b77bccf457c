import { getEventListeners } from 'node:events'
import { inspect } from 'node:util'
import { AuditError, SinkError, type Batch, type EventFormat, type Sink } from '@audit/core/sink'
import { sampleBatch } from '@audit/core/testing'
import { verifyWebhook, generateWebhookSecret } from '@audit/webhook-signature'
import { describe, expect, onTestFinished, test } from 'vitest'
import { status, testReceiver, type Receiver } from '../test/receiver.ts'
import type { Sign } from './signer.ts'
import { webhookSink } from './webhook-sink.ts'
import type { WebhookSinkOptions } from './webhook-sink-options.ts'

const never = () => new AbortController().signal

function sinkFor(receiver: Receiver, options: Partial<WebhookSinkOptions> = {}): Sink {
  const sink = webhookSink({ url: receiver.url, ...options })
  onTestFinished(() => sink.close!())
  return sink
}

const write = (sink: Sink, batch: Batch, signal = never()) => sink.write(batch, { signal })

async function rejection(sink: Sink, batch: Batch, signal = never()): Promise<SinkError> {
  return write(sink, batch, signal).then(
    () => expect.fail('it resolved'),
    (error: SinkError) => error,
  )
}

describe('a batch', () => {
  test('a batch is one POST of a JSON array, over a kept connection', async () => {
    const receiver = await testReceiver()
    const sink = sinkFor(receiver)
    const batches = [sampleBatch(3), sampleBatch(2)]
    for (const batch of batches) await write(sink, batch)
    expect(receiver.deliveries.map(({ body }) => body)).toEqual(batches.map(({ lines }) => `[${lines.join(',')}]`))
    expect(receiver.deliveries[0]).toMatchObject({
      url: '/hook',
      headers: {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(receiver.deliveries[0]!.body)),
        'user-agent': 'audit-sink-webhook',
        'webhook-id': `${batches[0]!.events[0]!.id}_${batches[0]!.events[2]!.id}_3`,
        'webhook-timestamp': expect.stringMatching(/^\d{10}$/),
        host: `127.0.0.1:${receiver.port}`,
      },
    })
    expect(receiver.deliveries[0]!.headers).not.toHaveProperty('webhook-signature')
    expect(receiver.deliveries[0]!.headers).not.toHaveProperty('accept-encoding')
    expect(receiver.connections).toBe(1)
  })

  test('a batch is sent to the path and query of the url, with the given headers', async () => {
    const receiver = await testReceiver()
    const url = `${receiver.url}/a%20b?token=x#fragment`
    const headers = { Authorization: 'Bearer t', 'Content-Type': 'application/cloudevents-batch+json', 'User-Agent': 'mine/1' }
    await write(sinkFor(receiver, { url, headers }), sampleBatch(1))
    expect(receiver.deliveries[0]).toMatchObject({
      url: '/hook/a%20b?token=x',
      headers: { authorization: 'Bearer t', 'content-type': 'application/cloudevents-batch+json', 'user-agent': 'mine/1' },
    })
  })

  test('a batch can be sent as NDJSON', async () => {
    const receiver = await testReceiver()
    const batch = sampleBatch(2)
    await write(sinkFor(receiver, { encoding: 'ndjson' }), batch)
    expect(receiver.deliveries).toMatchObject([
      { body: `${batch.lines.join('\n')}\n`, headers: { 'content-type': 'application/x-ndjson' } },
    ])
  })
})

describe('one request an event', () => {
  test('with one request per event each has one event and its id, in order over one connection', async () => {
    const receiver = await testReceiver()
    const batch = sampleBatch(5)
    await write(sinkFor(receiver, { encoding: 'event' }), batch)
    expect(receiver.deliveries.map(({ body }) => body)).toEqual(batch.lines)
    expect(receiver.deliveries.map(({ headers }) => headers['webhook-id'])).toEqual(batch.events.map(({ id }) => id))
    expect(receiver.connections).toBe(1)
  })

  test.each([
    [503, { retryable: true, stored: 2 }],
    [429, { retryable: true, stored: 2, retryAfterMs: 9_000 }],
    [401, { retryable: false, stored: 2, parks: true }],
    [422, { retryable: false, stored: 2 }],
  ])('with one request per event an answer of %d reports the stored events, and no more are sent', async (code, expected) => {
    const receiver = await testReceiver()
    const batch = sampleBatch(4)
    receiver.react((response, delivery) =>
      status(delivery.body === batch.lines[2] ? code : 200, { 'retry-after': '9' })(response, delivery),
    )
    expect(await rejection(sinkFor(receiver, { encoding: 'event' }), batch)).toMatchObject(expected)
    expect(receiver.deliveries).toHaveLength(3)
  })

  test('with one request per event an abort reports the stored events', async () => {
    const receiver = await testReceiver()
    const abort = new AbortController()
    receiver.react((response, delivery) => {
      if (receiver.deliveries.length < 3) status(200)(response, delivery)
      else abort.abort(new SinkError('the try took too long'))
    })
    const error = await rejection(sinkFor(receiver, { encoding: 'event' }), sampleBatch(5), abort.signal)
    expect(error).toMatchObject({ message: 'the try took too long', retryable: true, stored: 2 })
  })

  test('the events before one whose body cannot be made are stored', async () => {
    const receiver = await testReceiver()
    const batch = sampleBatch(3)
    const body = ({ id }: { id: string }) => (id === batch.events[2]!.id ? undefined : { id })
    expect(await rejection(sinkFor(receiver, { body }), batch)).toMatchObject({ retryable: false, stored: 2 })
    expect(receiver.deliveries.map((delivery) => delivery.body)).toEqual(
      batch.events.slice(0, 2).map(({ id }) => `{"id":"${id}"}`),
    )
  })
})

describe('a signature', () => {
  const secrets = [generateWebhookSecret(), generateWebhookSecret()]

  test.each([
    ['each secret, for a rotation', secrets],
    ['a single one', secrets[0]!],
  ])('the receiver can verify the signature with %s', async (_what, secret) => {
    const receiver = await testReceiver()
    const batch = sampleBatch(2)
    await write(sinkFor(receiver, { secret }), batch)
    const [delivery] = receiver.deliveries
    for (const known of [secret].flat()) {
      const { id, timestamp } = verifyWebhook(delivery!, known)
      expect(id).toBe(delivery!.headers['webhook-id'])
      expect(Math.abs(timestamp.getTime() - Date.now())).toBeLessThan(5_000)
    }
    expect(() => verifyWebhook({ ...delivery!, body: `${delivery!.body} ` }, secret)).toThrow()
  })

  test('each try has a new signature and time, and the same id and body', async () => {
    const receiver = await testReceiver()
    const sink = sinkFor(receiver, { secret: secrets[0]! })
    const batch = sampleBatch(2)
    receiver.react(status(500))
    await rejection(sink, batch)
    receiver.react(status(200))
    const second = () => Number(receiver.deliveries.at(-1)!.headers['webhook-timestamp'])
    const before = second()
    await expect.poll(() => Math.floor(Date.now() / 1_000)).toBeGreaterThan(before)
    await write(sink, batch)
    const [first, again] = receiver.deliveries
    expect(again!.headers['webhook-id']).toBe(first!.headers['webhook-id'])
    expect(again!.body).toBe(first!.body)
    expect(second()).toBeGreaterThan(before)
    expect(again!.headers['webhook-signature']).not.toBe(first!.headers['webhook-signature'])
  })

  test('a signature of another kind covers the exact body of each request, and takes the place of ours', async () => {
    const receiver = await testReceiver()
    const sign: Sign = ({ id, timestamp, body }) => ({ 'x-signed': `${id} ${timestamp} ${Buffer.from(body).toString()}` })
    const format: EventFormat = { encode: ({ id }) => `{"id":"${id}"}`, statuses: ['success'], systemEvents: false }
    const sink = sinkFor(receiver, { format, sign, headers: { 'X-Signed': 'planted' } })
    await write(sink, sampleBatch(2))
    expect(sink).toMatchObject({ statuses: ['success'], systemEvents: false })
    expect(receiver.deliveries).toHaveLength(2)
    for (const { headers, body } of receiver.deliveries) {
      expect(headers['x-signed']).toBe(`${headers['webhook-id'] as string} ${headers['webhook-timestamp'] as string} ${body}`)
      expect(headers).not.toHaveProperty('webhook-signature')
      expect(body).toBe(`{"id":"${headers['webhook-id'] as string}"}`)
    }
  })
})

describe('a secret', () => {
  const planted = 'planted-secret'
  const secret = `whsec_${Buffer.from(`${planted}-of-24-bytes-or-more`).toString('base64')}`

  async function plantedSink(receiver: Receiver) {
    const url = `${receiver.url}/${planted}-path?token=${planted}-query`
    return sinkFor(receiver, { url, secret, headers: { authorization: `Bearer ${planted}-header` } })
  }
  const shown = (value: unknown) =>
    [inspect(value, { depth: 10, showHidden: true, getters: true }), String(value), JSON.stringify(value)].join('\n')
  const isClean = (text: string) => !text.includes(planted) && !text.includes(secret) && !text.includes(secret.slice(6))

  test('the sink shows no secret of its options', async () => {
    const sink = await plantedSink(await testReceiver())
    expect(shown(sink)).toSatisfy(isClean)
    expect(sink.name).toMatch(/^webhook:127\.0\.0\.1:\d+$/)
  })

  test.each([301, 400, 401, 404, 413, 429, 500])(
    'the error after an answer of %d contains neither a secret nor the text of the receiver',
    async (code) => {
      const receiver = await testReceiver()
      const sink = await plantedSink(receiver)
      receiver.react((response, { url, headers, body }) => {
        response.writeHead(code, { location: `${url}/`, echo: String(headers.authorization) }).end(`${planted} ${url} ${body}`)
      })
      const error = await rejection(
        sink,
        sampleBatch(1, () => ({ payload: { key: planted } })),
      )
      expect(error).toBeInstanceOf(SinkError)
      expect(shown(error)).toSatisfy(isClean)
    },
  )

  test('an error of the connection contains no secret', async () => {
    const receiver = await testReceiver()
    const sink = await plantedSink(receiver)
    receiver.react((response, { url, body }) => void response.socket!.end(`${url} ${body} is no HTTP\r\n\r\n`))
    expect(
      shown(
        await rejection(
          sink,
          sampleBatch(1, () => ({ payload: planted })),
        ),
      ),
    ).toSatisfy(isClean)
    await receiver.close()
    expect(shown(await rejection(sink, sampleBatch(1)))).toSatisfy(isClean)
  })
})

test('a write removes its listener from the signal, however it ends', async () => {
  const receiver = await testReceiver()
  const sink = sinkFor(receiver, { encoding: 'event' })
  const { signal } = new AbortController()
  await write(sink, sampleBatch(20), signal)
  receiver.react(status(500))
  await rejection(sink, sampleBatch(2), signal)
  await receiver.close()
  await rejection(sink, sampleBatch(2), signal)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('after close() the sink rejects writes, and its connection is closed', async () => {
  const receiver = await testReceiver()
  const sink = sinkFor(receiver)
  await write(sink, sampleBatch(1))
  await sink.close!()
  await expect.poll(() => new Promise((resolve) => receiver.server.getConnections((_, count) => resolve(count)))).toBe(0)
  const error = await rejection(sink, sampleBatch(1))
  expect(AuditError.isInstance(error) && error.code).toBe('AUDIT_CLOSED')
})

test("the default name has the url's host, without the default port", () => {
  const names = ['https://a.example/x', 'https://a.example:443/', 'https://a.example:8443/', 'http://[::1]:80/']
  expect(names.map((url) => webhookSink({ url }).name)).toEqual([
    'webhook:a.example',
    'webhook:a.example',
    'webhook:a.example:8443',
    'webhook:[::1]',
  ])
  expect(webhookSink({ url: new URL('https://a.example'), name: 'slack' }).name).toBe('slack')
})
