import fc from 'fast-check'
import { expect, test } from 'vitest'
import { auditEvents, hostilePayloads, tripwire } from '../testing/arbitraries/index.ts'
import { encodeEvent } from '../event/encode.ts'
import type { AuditEvent } from '../event/event.ts'
import { plainCopy } from '../copy/plain-copy.ts'
import { toPointer } from '../copy/pointer.ts'
import { changesBetween } from './changes.ts'
import { redactedHash } from './field-hash.ts'
import { createRedactor } from './redact.ts'

const limits = { maxBytes: 49_152, maxStringBytes: 8_192, maxDepth: 16, maxMembers: 1_000 }
const canary = 'canary-5d2f'
const secretKeys = fc.constantFrom('password', 'Authorization', 'api_key', 'newPassword', 'x-csrf-token', 'client.secret')
const plainKeys = fc.stringMatching(/^[a-f]{1,3}$/)

/** A secret somewhere below a path of plain keys, in members, lists, Maps and Sets. */
interface Planted {
  readonly value: unknown
  readonly path: readonly string[]
}

const nestings = fc.array(fc.tuple(fc.constantFrom('members', 'list', 'map', 'set'), plainKeys), { maxLength: 6 })

function plant(innermost: unknown, nesting: readonly (readonly [string, string])[]): Planted {
  return nesting.reduceRight<Planted>(
    ({ value, path }, [kind, key]) => {
      if (kind === 'list') return { value: ['first', value], path: ['1', ...path] }
      if (kind === 'set') return { value: new Set([value, 'last']), path: ['0', ...path] }
      if (kind === 'map') return { value: new Map([[key, value]]), path: [key, ...path] }
      return { value: { [key]: value, other: 1 }, path: [key, ...path] }
    },
    { value: innermost, path: [] },
  )
}

function trailOf(payload: unknown, before: unknown, pointers: readonly string[]): string {
  const [after, earlier] = [payload, before].map((value) => plainCopy(value, { limits, member: 'payload' }).value)
  const event: AuditEvent = {
    version: '1.0',
    type: 'user',
    action: 'updated',
    metadata: { actor: { authentication: 'none' }, added: after },
    payload: after,
    timestamp: '',
    id: '',
    status: 'success',
    changes: changesBetween(earlier, after, { removals: true }).changes,
  }
  return encodeEvent(
    createRedactor({})(pointers.length > 0 ? { ...event, metadata: { actor: event.metadata.actor } } : event, pointers),
    65_536,
  ).head
}

test('a secret is found by its key at any place', () => {
  fc.assert(
    fc.property(nestings, nestings, secretKeys, (nesting, other, key) => {
      const { value } = plant({ [key]: canary, inner: new Map([[key, [canary]]]) }, nesting)
      const { value: before } = plant({ [key]: `${canary}-before` }, other)
      expect(trailOf(value, before, [])).not.toContain(canary)
      expect(trailOf(before, value, [])).not.toContain(canary)
    }),
    { numRuns: 2_000 },
  )
})

test('a secret is found by its pointer, with any part of it given as *', () => {
  fc.assert(
    fc.property(nestings, fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }), (nesting, stars) => {
      const { value, path } = plant({ innocent: canary }, nesting)
      const parts = [...path, 'innocent']
      const pointer = toPointer(parts.map((part, index) => (stars[index] ? '*' : part)))
      expect(trailOf(value, value, []), 'without the pointer it is found').toContain(canary)
      expect(trailOf(value, null, [pointer])).not.toContain(canary)
      expect(trailOf(value, { [nesting[0]?.[1] ?? 'x']: 'before' }, [pointer])).not.toContain(canary)
    }),
    { numRuns: 2_000 },
  )
})

test('a hashed value cannot be read at any place, and can be searched for', () => {
  const hashKey = 'an example key, not a secret'
  const hash = redactedHash(canary, { hashKey, field: 'innocent' })
  const redact = createRedactor({ hash: ['Innocent'], hashKey })
  fc.assert(
    fc.property(nestings, auditEvents(), (nesting, event) => {
      const [payload, before] = [canary, `${canary}-before`].map((value) => plant({ innocent: value }, nesting).value)
      const { changes } = changesBetween(before, payload, { removals: true })
      const metadata = { ...event.metadata, added: payload }
      const { head } = encodeEvent(redact({ ...event, payload, metadata, changes }, []), 65_536)
      expect(head).not.toContain(canary)
      expect(head.split(hash).length - 1, head).toBe(3)
    }),
    { numRuns: 2_000 },
  )
})

test('redaction and comparison accept any payload, and redacting twice changes nothing more', () => {
  const { trip, tripped } = tripwire()
  fc.assert(
    fc.property(hostilePayloads(trip), hostilePayloads(trip), (make, makeBefore) => {
      const [payload, before] = [make(), makeBefore()].map((value) => plainCopy(value, { limits, member: 'payload' }).value)
      const event: AuditEvent = {
        version: '1.0',
        type: 'user',
        action: 'updated',
        metadata: { actor: { authentication: 'none' } },
        payload,
        timestamp: '',
        id: '',
        status: 'success',
        changes: changesBetween(before, payload, { removals: true }).changes,
      }
      const redact = createRedactor({})
      const pointers = ['/*/a', '/a/*', '/password']
      const once = redact(event, pointers)
      expect(encodeEvent(redact(once, pointers), 65_536).head).toBe(encodeEvent(once, 65_536).head)
      expect(tripped).toEqual([])
    }),
    { numRuns: 4_000 },
  )
})
