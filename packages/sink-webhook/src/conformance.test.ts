import { escapeUnsafe, type AuditEvent, type Sink } from '@audit/core/sink'
import { sinkConformance, type SinkSetup } from '@audit/core/testing'
import { describe, test } from 'vitest'
import { startReceiver, status, type Delivery } from '../test/receiver.ts'
import { fliptBody } from './flipt-body.ts'
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
  wrap = (sink: Sink) => sink,
): () => Promise<SinkSetup> {
  return async () => {
    const receiver = await startReceiver()
    const sink = wrap(webhookSink({ url: receiver.url, ...options }))
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

describe("in Flipt's format", () => {
  // The format has no id and fewer members: a delivery counts as the event of its webhook-id if it is that event's body.
  const known = new Map<string, { readonly line: string; readonly body: string }>()
  const remember = (line: string) => {
    const event = JSON.parse(line) as AuditEvent
    known.set(event.id, { line, body: fliptBody(event) })
  }
  const wrap = (sink: Sink): Sink => ({
    ...sink,
    write(batch, options) {
      for (const line of batch.lines) remember(line)
      return sink.write(batch, options)
    },
  })
  const lineOf = ({ headers, body }: Delivery) => {
    const event = known.get(String(headers['webhook-id']))
    return [event?.body === body ? event.line : body]
  }
  for (const rule of sinkConformance(setupOf({ format: 'flipt' }, lineOf, wrap), exceptions)) test(rule.name, rule.run)
})
