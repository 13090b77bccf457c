import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineEvents } from '../../event/catalog.ts'
import { jsonValue } from '../../event/json-value.ts'
import { plainCopy } from '../../copy/plain-copy.ts'
import type { AuditEvent } from '../../event/event.ts'
import { auditRecorder } from '../recorder.ts'
import { actors, auditEvents, batches, encodedEvents, eventNames, hostilePayloads, payloads, tripwire } from './index.ts'

const schema = new URL('../../../../../docs/event.schema.json', import.meta.url)
const isEvent = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(JSON.parse(readFileSync(schema, 'utf8')) as object)
const limits = { maxBytes: 49_152, maxStringBytes: 8_192, maxDepth: 16, maxMembers: 1_000 }
const written = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

test('generated events are valid in a trail, and of every kind', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(batches(), ({ events, lines, byteLength, end }) => {
      expect(byteLength).toBe(Buffer.byteLength(lines.map((line) => `${line}\n`).join('')))
      expect(end).toBe(events.at(-1)!.sequence! + 1)
      expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
      for (const event of events) {
        expect(isEvent(event), JSON.stringify(isEvent.errors)).toBe(true)
        for (const member of [...Object.keys(event), ...Object.keys(event.metadata), event.status]) seen.add(member)
      }
    }),
    { numRuns: 500 },
  )
  expect([...seen]).toEqual(
    expect.arrayContaining(['attempt', 'target', 'reason', 'error', 'changes', 'request', 'trace', 'tenant', 'correlationId']),
  )
  expect([...seen]).toEqual(expect.arrayContaining(['attempted', 'success', 'failure', 'denied']))
})

test('generated events match the given options', () => {
  const asked = { names: fc.constant('flag:created'), payloads: fc.constant({ a: 1 }), statuses: ['denied'] } as const
  fc.assert(
    fc.property(auditEvents(asked), (event) => {
      expect(event).toMatchObject({ type: 'flag', action: 'created', payload: { a: 1 }, status: 'denied' })
    }),
  )
  fc.assert(fc.property(batches({ minLength: 3, maxLength: 4 }), ({ lines }) => lines.length === 3 || lines.length === 4))
})

test('an encoded event decodes to its event', () => {
  fc.assert(
    fc.property(encodedEvents(), ({ head, byteLength, id, type, action, status, tenant }) => {
      const event = JSON.parse(`${head}}`) as AuditEvent
      expect(event).toMatchObject({ id, type, action, status })
      expect(event.metadata.tenant).toBe(tenant)
      expect(byteLength).toBe(Buffer.byteLength(head))
    }),
    { numRuns: 1_000 },
  )
})

test('a generated payload fits the limits, and is recorded unchanged with any name and actor', async () => {
  await fc.assert(
    fc.asyncProperty(eventNames(), actors(), payloads(), async (name, actor, payload) => {
      const [type, action] = name.split(':') as [string, string]
      const audit = auditRecorder({ events: defineEvents({ [type]: { [action]: z.any() } } as never) })
      await audit.run({ actor }, () => audit.record(name as never, payload as never))
      await audit.close()
      const [event] = audit.events
      expect(event).not.toHaveProperty('truncated')
      expect(event!.metadata.actor).toEqual(actor)
      expect(written(event!.payload)).toEqual(written(payload))
    }),
    { numRuns: 300 },
  )
})

test('a hostile value trips code that touches it, and not a careful copy', () => {
  const { trip, tripped } = tripwire()
  let careless = 0
  fc.assert(
    fc.property(hostilePayloads(trip), (make) => {
      jsonValue(plainCopy(make(), { limits, member: 'payload' }).value)
      expect(tripped).toEqual([])
      try {
        JSON.stringify(make())
      } catch {
        careless++
      }
      tripped.length = 0
    }),
    { numRuns: 2_000 },
  )
  expect(careless).toBeGreaterThan(200)
})
