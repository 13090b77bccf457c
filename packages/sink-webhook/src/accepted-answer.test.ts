import { createAudit, defineEvents, memoryDeadLetters, memoryJournal, noPayload } from '@audit/core'
import type { SinkError } from '@audit/core/sink'
import { sampleBatch } from '@audit/core/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { testReceiver, type Reaction } from '../test/receiver.ts'
import type { Accepts } from './accepted-answer.ts'
import { webhookSink } from './webhook-sink.ts'

/** Answers 200 with this body. */
const says =
  (body: unknown, headers: Record<string, string> = {}): Reaction =>
  (response) =>
    void response.writeHead(200, headers).end(typeof body === 'string' ? body : JSON.stringify(body))

async function outcome(reaction: Reaction, accepts: Accepts, count = 3): Promise<Partial<SinkError> | 'stored'> {
  const receiver = await testReceiver()
  receiver.react(reaction)
  const sink = webhookSink({ url: receiver.url, accepts, headersTimeoutMs: 500 })
  onTestFinished(() => sink.close!())
  return sink.write(sampleBatch(count), { signal: new AbortController().signal }).then(
    () => 'stored' as const,
    (error: SinkError) => error,
  )
}

test.each<[string, unknown, unknown]>([
  ['parsed JSON', { errors: false }, { errors: false }],
  ['other text unchanged', 'Webhook message delivery failed', 'Webhook message delivery failed'],
  ['an empty body as an empty text', '', ''],
])('accepts() gets %s', async (_, body, expected) => {
  const accepts = vi.fn(() => true)
  expect(await outcome(says(body), accepts)).toBe('stored')
  expect(accepts).toHaveBeenCalledWith(expected)
})

test.each<[string, unknown, object | 'stored']>([
  ['true', true, 'stored'],
  ['false', false, { retryable: false }],
  ["'later'", 'later', { retryable: true }],
  ['indexes', [1], { retryable: false, refused: [1] }],
  ['no indexes', [], 'stored'],
  ['nothing', undefined, { retryable: true }],
  ['1', 1, { retryable: true }],
  ['a promise', Promise.resolve(true), { retryable: true }],
  ['invalid indexes', [-1], { retryable: true }],
])('the result %s of accepts() decides whether the batch is stored', async (_, verdict, expected) => {
  const found = await outcome(says({}), () => verdict as boolean)
  if (expected === 'stored') expect(found).toBe('stored')
  else expect(found).toMatchObject({ code: 'AUDIT_SINK_FAILED', ...expected })
})

describe('an answer that cannot be judged is tried again', () => {
  test('the batch is retried if accepts() throws, and no message contains its text', async () => {
    const found = await outcome(says({}), () => {
      throw new Error('planted')
    })
    expect(found).toMatchObject({ retryable: true, message: expect.not.stringContaining('planted') })
  })

  test.each<[string, Reaction]>([
    ['does not end', (response) => void response.writeHead(200).write('{')],
    ['is cut', (response) => void response.writeHead(200, { 'content-length': '10' }).write('{', () => response.destroy())],
    ['is compressed', says('{}', { 'content-encoding': 'gzip' })],
    ['is larger than 4 MiB', says('x'.repeat((4 << 20) + 1))],
  ])('the batch is retried if the body of the answer %s', async (_, reaction) => {
    const accepts = vi.fn(() => true)
    expect(await outcome(reaction, accepts)).toMatchObject({ retryable: true })
    expect(accepts).not.toHaveBeenCalled()
  })
})

test('accepts() is not called for a status other than 2xx', async () => {
  const accepts = vi.fn(() => true)
  expect(await outcome((response) => void response.writeHead(400).end('{}'), accepts)).toMatchObject({ retryable: false })
  expect(accepts).not.toHaveBeenCalled()
})

test('through an audit, events that a bulk answer refuses become dead letters, and the others are delivered', async () => {
  const receiver = await testReceiver()
  receiver.react((response, { body }) => {
    const items = (JSON.parse(body) as { action: string }[]).map(({ action }) => ({
      create: { status: action === 'deleted' ? 400 : 201 },
    }))
    response.writeHead(200).end(JSON.stringify({ errors: true, items }))
  })
  const accepts = (body: unknown) =>
    (body as { items: { create: { status: number } }[] }).items.flatMap(({ create }, index) =>
      create.status < 300 ? [] : [index],
    )
  const deadLetters = memoryDeadLetters()
  const events = defineEvents({ flag: { created: noPayload, deleted: noPayload } })
  const sink = webhookSink({ url: `${receiver.url}/_bulk`, accepts })
  const logger = { warn: () => undefined, error: () => undefined }
  const audit = createAudit({
    service: 'a',
    events,
    journal: memoryJournal(),
    deadLetters,
    logger,
    sinks: [{ sink, name: 'bulk', events: ['flag:*'] }],
  })
  for (const name of ['flag:created', 'flag:deleted', 'flag:created'] as const) void audit.record(name, null)
  await audit.flush()
  expect(audit.stats().sinks['bulk']).toMatchObject({ wanted: 3, delivered: 2, deadLettered: 1 })
  await audit.close()
})

describe('a URL of an endpoint that refuses inside 200 needs it', () => {
  test.each([
    'http://es:9200/_bulk',
    'http://es:9200/audit/_bulk/?pipeline=x',
    'http://es/%5Fbulk',
    'http://otel:4318/v1/logs',
    'https://x.example/otlp/V1/Logs/',
  ])('the endpoint %s needs accepts()', (url) => {
    expect(() => webhookSink({ url })).toThrow(
      /accepts: an endpoint \/(_bulk|v1\/logs) answers 200 to events that it refuses; give a function/,
    )
    expect(webhookSink({ url, accepts: () => true }).name).toMatch(/^webhook:/)
  })

  test.each(['http://a/_bulks', 'http://a/v1/logs/x', 'http://a/hook?to=/_bulk', 'http://a/x_bulk'])(
    '%s is accepted without accepts()',
    (url) => {
      expect(webhookSink({ url }).name).toBe('webhook:a')
    },
  )
})
