import { escapeUnsafe } from '@audit/core/internal'
import type { AuditEvent } from '@audit/core/sink'
import { sinkConformance, type SinkSetup } from '@audit/core/testing'
import { describe, test } from 'vitest'
import { startReceiver, status, type Delivery } from '../test/receiver.ts'
import { webhookSink } from './webhook-sink.ts'
import type { WebhookSinkOptions } from './webhook-sink-options.ts'

const exceptions = {
  'stores an event that comes twice once':
    'a receiver gets repeated deliveries; it deduplicates on webhook-id or on the id of each event',
}

/** A receiver that accepts everything; `linesOf` finds the texts of the events in a delivery. */
function setupOf(
  options: Omit<WebhookSinkOptions, 'url'>,
  linesOf: (delivery: Delivery) => readonly string[],
): () => Promise<SinkSetup> {
  return async () => {
    const receiver = await startReceiver()
    const sink = webhookSink({ url: receiver.url, ...options })
    const accepted: Delivery[] = []
    const accept = (refusedId?: string) =>
      receiver.react((response, delivery) => {
        if (refusedId !== undefined && linesOf(delivery).some((line) => line.includes(refusedId))) {
          return status(422)(response, delivery)
        }
        accepted.push(delivery)
        status(204)(response, delivery)
      })
    accept()
    return {
      sink,
      stored: async () => accepted.flatMap(linesOf),
      breakDown: async () => receiver.react(status(503)),
      repair: async () => accept(),
      stall: async () => receiver.react(() => undefined),
      refuse: async (id) => accept(id),
      tearDown: async () => {
        await sink.close!()
        await receiver.close()
      },
    }
  }
}

/** Parsing an event and writing it again yields the same text. */
const textOf = (event: unknown) => escapeUnsafe(JSON.stringify(event))

describe('as a JSON array', () => {
  const setup = setupOf({}, ({ body }) => (JSON.parse(body) as unknown[]).map(textOf))
  for (const rule of sinkConformance(setup, exceptions)) test(rule.name, rule.run)
})

describe('as NDJSON', () => {
  const setup = setupOf({ encoding: 'ndjson' }, ({ body }) => body.split('\n').slice(0, -1))
  for (const rule of sinkConformance(setup, exceptions)) test(rule.name, rule.run)
})

describe('as one request per event', () => {
  const setup = setupOf({ encoding: 'event' }, ({ body }) => [body])
  for (const rule of sinkConformance(setup, exceptions)) test(rule.name, rule.run)
})

describe('as a message of our own', () => {
  const setup = setupOf({ body: (event) => ({ event }) }, ({ body }) => [textOf((JSON.parse(body) as { event: unknown }).event)])
  for (const rule of sinkConformance(setup, exceptions)) test(rule.name, rule.run)
})

describe('in the format of another system', () => {
  const format = { encode: ({ id }: AuditEvent, line: string) => `${id} ${line}`, contentType: 'text/plain' }
  const setup = setupOf({ format }, ({ body }) => [body.slice(body.indexOf(' ') + 1)])
  for (const rule of sinkConformance(setup, exceptions)) test(rule.name, rule.run)
})
