import { toUSVString } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { propertyRuns } from '../../test/property-runs.ts'
import { hostilePayloads, tripwire } from '../testing/arbitraries/index.ts'
import { encodeEvent } from './encode.ts'
import type { AuditEvent } from './event.ts'
import { jsonValue } from './json-value.ts'
import { plainCopy } from '../copy/plain-copy.ts'

const limits = { maxBytes: 49_152, maxStringBytes: 8_192, maxDepth: 16, maxMembers: 1_000 }
const MAX_BYTES = 65_536
/** Characters that end a line for some reader, move a cursor, or reorder text. */
const unsafe = /[\p{Cc}\u2028\u2029\p{Bidi_Control}\u200b-\u200f\u2060-\u2064\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u

test('any event is one line of valid JSON, safe for every reader, within its size', () => {
  const { trip, tripped } = tripwire()
  const anyPayload = hostilePayloads(trip)
  fc.assert(
    fc.property(anyPayload, anyPayload, anyPayload, (...make) => {
      const [payload, added, from] = make.map((recipe) => plainCopy(recipe(), { limits, member: 'payload' }))
      const event = eventOf({
        metadata: { actor: { authentication: 'none' }, added: added!.value },
        payload: payload!.value ?? null,
        changes: [{ path: '/a', from: from!.value, to: payload!.value }],
        truncated: payload!.truncated,
      })
      const { head, byteLength } = encodeEvent(event, MAX_BYTES)
      expect(tripped).toEqual([])
      expect(byteLength).toBe(Buffer.byteLength(head))
      expect(byteLength).toBeLessThanOrEqual(MAX_BYTES - 256)
      expect(head).not.toMatch(unsafe)
      const parsed = JSON.parse(`${head}}`) as AuditEvent
      expect(Object.keys(parsed).slice(0, 6)).toEqual(['version', 'type', 'action', 'metadata', 'payload', 'timestamp'])
      expect(parsed).toMatchObject({ id: event.id, status: 'success' })
      if (!parsed.truncated?.includes('/payload'))
        expect(parsed.payload).toEqual(JSON.parse(JSON.stringify(jsonValue(event.payload)), whole))
    }),
    { numRuns: propertyRuns(3_000) },
  )
})

test('any text comes back as it was, lone surrogates replaced', () => {
  const text = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 200 })
  fc.assert(
    fc.property(text, text, (key, value) => {
      const payload = plainCopy({ [key]: value }, { limits, member: 'payload' }).value
      const { head } = encodeEvent(eventOf({ payload }), MAX_BYTES)
      expect(head).not.toMatch(unsafe)
      expect((JSON.parse(`${head}}`) as AuditEvent).payload).toEqual(
        JSON.parse(JSON.stringify({ [toUSVString(key)]: toUSVString(value) })),
      )
    }),
    { numRuns: propertyRuns(1_000) },
  )
})

function whole(_: string, value: unknown): unknown {
  return typeof value === 'string' ? toUSVString(value) : value
}

function eventOf(members: Partial<AuditEvent>): AuditEvent {
  return {
    version: '1.0',
    type: 'flag',
    action: 'created',
    metadata: { actor: { authentication: 'none' } },
    payload: null,
    timestamp: '2026-11-22T09:00:00.000Z',
    id: '019aa9f2-0000-7000-8000-000000000000',
    status: 'success',
    ...members,
  }
}
