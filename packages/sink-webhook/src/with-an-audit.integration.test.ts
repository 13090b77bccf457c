import { createAudit, defineEvents, memoryJournal, type SinkEntry } from '@audit/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { startReceiver, status, testReceiver, type Delivery, type Receiver } from '../test/receiver.ts'
import { webhookSink } from './webhook-sink.ts'
import type { WebhookSinkOptions } from './webhook-sink-options.ts'

// The fate of the events of an audit, with a receiver that is down, refuses everything or refuses some of them.

const events = defineEvents({ flag: { created: z.object({ key: z.string(), text: z.string().optional() }) } })
const ok = status(204)

function openAudit(receiver: Pick<Receiver, 'url'>, options: Partial<WebhookSinkOptions> = {}, entry: Partial<SinkEntry> = {}) {
  const retry = { minDelayMs: 1, maxDelayMs: 20 }
  const said: string[] = []
  const logger = { warn: (message: string) => void said.push(message), error: (message: string) => void said.push(message) }
  const sink = webhookSink({ url: receiver.url, name: 'hook', ...options })
  const sinks = [{ sink, events: ['flag:*'], retry, batch: { maxEvents: 50, maxAgeMs: 5 }, ...entry }]
  const audit = createAudit({ service: 'hooks', events, journal: memoryJournal(), sinks, logger })
  onTestFinished(() => audit.close({ timeoutMs: 100 }))
  const record = async (count: number, text?: (index: number) => string) => {
    for (let index = 0; index < count; index++) {
      await audit.record('flag:created', { key: `k${index}`, ...(text && { text: text(index) }) })
    }
  }
  return { audit, record, said, books: () => audit.stats().sinks['hook']! }
}

const keys = (count: number) => Array.from({ length: count }, (_, index) => `k${index}`)
const keysIn = ({ body }: Delivery) =>
  ([JSON.parse(body)].flat() as { payload: { key: string } }[]).map(({ payload }) => payload.key)
const settled = (books: () => { readonly pending: number }) => expect.poll(() => books().pending).toBe(0)

describe.each(['array', 'event'] as const)('with encoding %s', (encoding) => {
  test.each([401, 403])(
    'a receiver that answers %d to all, as after a change of its secret, parks the sink, and later gets all events',
    async (code) => {
      const receiver = await testReceiver()
      const stored: string[] = []
      receiver.react(status(code))
      const { record, books, said } = openAudit(receiver, { encoding })
      await record(500)
      await expect.poll(() => books().state).toBe('parked')
      expect(books()).toMatchObject({ delivered: 0, deadLettered: 0, pending: 500 })
      expect(said.join()).toContain(`answered ${code}. Check the secret`)
      receiver.react((response, delivery) => {
        stored.push(...keysIn(delivery))
        ok(response, delivery)
      })
      await settled(books)
      expect(books()).toMatchObject({ delivered: 500, deadLettered: 0, lost: 0 })
      // A 403 may be about the event, so a probe tries the next one too, and that one may come first.
      expect(code === 401 ? stored : stored.toSorted()).toEqual(code === 401 ? keys(500) : keys(500).toSorted())
    },
  )

  test('a receiver that is down for a while gets all events later, in order', async () => {
    const first = await startReceiver()
    const { record, books } = openAudit(first, { encoding })
    const { port } = first
    await first.close()
    await record(500)
    await expect.poll(() => books().state).toBe('waiting')
    const receiver = await testReceiver(undefined, port)
    await settled(books)
    expect(books()).toMatchObject({ delivered: 500, deadLettered: 0, lost: 0 })
    expect(receiver.deliveries.flatMap(keysIn)).toEqual(keys(500))
  })

  test.each([422, 403])('events refused with %d become dead letters, and all others arrive once, in order', async (code) => {
    const receiver = await testReceiver()
    const stored: string[] = []
    receiver.react((response, delivery) => {
      if (delivery.body.includes('"key":"k33"') || delivery.body.includes('"key":"k83"')) return status(code)(response, delivery)
      stored.push(...keysIn(delivery))
      ok(response, delivery)
    })
    const { audit, record, books } = openAudit(receiver, { encoding })
    await record(100)
    await settled(books)
    expect(books()).toMatchObject({ delivered: 98, deadLettered: 2, lost: 0 })
    expect(stored).toEqual(keys(100).filter((key) => key !== 'k33' && key !== 'k83'))
    const letters = await audit.deadLetters.list({ sink: 'hook' })
    expect(letters.map(({ reason }) => reason)).toEqual(Array(2).fill(expect.stringContaining(`answered ${code}.`)))
  })

  test('a request that is too large is halved; an event that alone is too large goes to the dead letters', async () => {
    const receiver = await testReceiver()
    const stored: string[] = []
    receiver.react((response, delivery) => {
      if (delivery.body.length > 5_000) return status(413)(response, delivery)
      stored.push(...keysIn(delivery))
      ok(response, delivery)
    })
    const { record, books } = openAudit(receiver, { encoding })
    await record(60, (index) => 'x'.repeat(index === 30 ? 6_000 : 500))
    await settled(books)
    expect(books()).toMatchObject({ delivered: 59, deadLettered: 1 })
    expect(stored).toEqual(keys(60).filter((key) => key !== 'k30'))
  })
})

test('a slow receiver with one request per event makes progress although no batch fits in a try', async () => {
  const receiver = await testReceiver()
  receiver.react((response, delivery) => void setTimeout(() => ok(response, delivery), 10))
  const { record, books } = openAudit(
    receiver,
    { encoding: 'event' },
    { retry: { minDelayMs: 1, maxDelayMs: 5, deadlineMs: 100 } },
  )
  await record(50)
  await settled(books)
  expect(books()).toMatchObject({ delivered: 50, deadLettered: 0 })
  expect([...new Set(receiver.deliveries.flatMap(keysIn))]).toEqual(keys(50))
})

test.each<[string, Partial<WebhookSinkOptions>, readonly string[]]>([
  [
    'a format of another system',
    { format: { encode: ({ status }) => JSON.stringify({ status }), statuses: ['success', 'denied'] } },
    ['success', 'denied'],
  ],
  ['a template', { body: '{"status":{{ status }}}' }, ['success']],
  ['a function', { body: ({ status }) => ({ status }) }, ['success']],
  ['a function with statuses', { body: ({ status }) => ({ status }), statuses: ['failure', 'denied'] }, ['failure', 'denied']],
])('with %s an event that did not succeed never arrives as a success', async (_what, options, expected) => {
  const receiver = await testReceiver()
  const { audit, books } = openAudit(receiver, options)
  const refuse = (code: number) => () => Promise.reject(Object.assign(new Error('no'), { status: code }))
  await audit.attempt('flag:created', { key: 'a' }, async () => undefined)
  await audit.attempt('flag:created', { key: 'b' }, refuse(500)).catch(() => undefined)
  await audit.attempt('flag:created', { key: 'c' }, refuse(403)).catch(() => undefined)
  await settled(books)
  await audit.flush()
  const statuses = receiver.deliveries.map(({ body }) => (JSON.parse(body) as { status: string }).status)
  expect([...new Set(statuses)].toSorted()).toEqual(expected.toSorted())
  expect(statuses).toHaveLength(expected.length)
})
