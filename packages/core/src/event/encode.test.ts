import { toUSVString } from 'node:util'
import { expect, test } from 'vitest'
import { encodeEvent } from './encode.ts'
import type { AuditEvent } from './event.ts'

const event: AuditEvent = {
  version: '1.0',
  type: 'flag',
  action: 'created',
  metadata: { actor: { authentication: 'none' } },
  payload: { key: 'flipt' },
  timestamp: '2026-11-22T09:00:00.000Z',
  id: '019aa9f2-0000-7000-8000-000000000000',
  status: 'success',
}

function decoded(given: AuditEvent, maxBytes = 65_536): AuditEvent {
  const { head, byteLength } = encodeEvent(given, maxBytes)
  expect(byteLength).toBeLessThanOrEqual(maxBytes - 256)
  return JSON.parse(`${head}}`) as AuditEvent
}

test('an event is encoded as its JSON, without the closing brace', () => {
  expect(encodeEvent(event, 65_536)).toEqual({
    id: event.id,
    type: 'flag',
    action: 'created',
    status: 'success',
    head: JSON.stringify(event).slice(0, -1),
    byteLength: JSON.stringify(event).length - 1,
  })
})

test('characters that end or reorder a line for some reader are escaped, and can be read back', () => {
  const text =
    '\u0000\n\r\u001b\u007f\u0085\u009b\u061c\u200b\u200f\u2028\u2029\u202e\u2060\u2069\ufeff\ufff9\u{e0041}\ud800 é € 😀'
  const { head } = encodeEvent({ ...event, payload: { [text]: text } }, 65_536)
  expect(head).toMatch(/^[\u0020-\u007e é€😀\ufffd]+$/u)
  const whole = toUSVString(text)
  expect(JSON.parse(`${head}}`)).toMatchObject({ payload: { [whole]: whole } })
})

test('lone surrogates are replaced, and text that only looks like them is not', () => {
  const text = '\ud800\ud800 \udfff \\ud800 \\\ud800 😀 \u{e0041}'
  expect(decoded({ ...event, payload: text }).payload).toBe('\ufffd\ufffd \ufffd \\ud800 \\\ufffd 😀 \u{e0041}')
})

test('an event that is too large loses its changes first', () => {
  const changes = [{ path: '/a', from: 'x'.repeat(60_000), to: 'y'.repeat(10_000) }]
  expect(decoded({ ...event, changes, truncated: ['/payload/a'] })).toEqual({ ...event, truncated: ['/payload/a', '/changes'] })
})

test('a payload that is too large is replaced by its digest', () => {
  const large = { ...event, payload: 'x'.repeat(70_000) }
  const cut = decoded({ ...large, changes: [{ path: '' }] })
  expect(cut.payload).toMatch(/^\[cut: sha256:[0-9a-f]{64}\]$/)
  expect(cut).toMatchObject({ truncated: ['/payload', '/changes'] })
  expect(decoded({ ...large, payload: 'y'.repeat(70_000) }).payload).not.toBe(cut.payload)
})

test('a long list of misfits keeps only the first ones', () => {
  const invalid = Array.from({ length: 50 }, (_, index) => ({ path: `/${'\u0001'.repeat(250)}${index}`, code: 'invalid_type' }))
  const cut = decoded({ ...event, invalid, truncated: invalid.map(({ path }) => path) })
  expect(cut.invalid).toEqual(invalid.slice(0, 8))
  expect(cut.truncated).toEqual(['/payload', '/invalid'])
})

test('members that enrichers added are left out if the event is still too large', () => {
  const metadata = {
    actor: { authentication: 'token', id: 'u1' },
    request: { id: 'r1' },
    tenant: 'acme',
    added: 'x'.repeat(70_000),
  }
  expect(decoded({ ...event, metadata })).toMatchObject({
    metadata: { actor: metadata.actor, request: metadata.request, tenant: 'acme' },
    truncated: ['/payload', '/metadata'],
  })
})

test('an event keeps only what the library wrote if nothing else helps', () => {
  const actor = { authentication: 'token', id: '\u0001'.repeat(20_000) }
  expect(decoded({ ...event, metadata: { actor }, attempt: event.id })).toMatchObject({
    type: 'flag',
    id: event.id,
    attempt: event.id,
    metadata: { actor: { authentication: 'unknown' } },
    truncated: [''],
  })
})

test('the smallest allowed event size is enough for what the library wrote', () => {
  const name = 'a'.repeat(64)
  const actor = { authentication: 'token', id: 'x'.repeat(1_000) }
  expect(decoded({ ...event, type: name, action: name, metadata: { actor }, attempt: event.id }, 1_024)).toMatchObject({
    type: name,
    truncated: [''],
  })
})

test('a payload that cannot be written is left out, and the event is kept', () => {
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  const throwing = {
    toJSON: () => {
      throw new Error('no')
    },
  }
  for (const payload of [cyclic, throwing]) {
    expect(decoded({ ...event, payload })).toEqual({ ...event, payload: '[unreadable]', truncated: ['/payload'] })
    expect(decoded({ ...event, metadata: { actor: { authentication: 'none' }, payload } })).toMatchObject({
      truncated: ['/payload', '/metadata'],
    })
  }
})

test('the fields for filters match the text', () => {
  const { tenant } = encodeEvent({ ...event, metadata: { ...event.metadata, tenant: 'acme' } }, 65_536)
  expect(tenant).toBe('acme')
  expect(encodeEvent(event, 65_536)).not.toHaveProperty('tenant')
  // An enricher may add anything.
  expect(encodeEvent({ ...event, metadata: { ...event.metadata, tenant: 7 as never } }, 65_536)).not.toHaveProperty('tenant')
  const actor = { authentication: 'token', id: 'x'.repeat(20_000) }
  const cut = encodeEvent({ ...event, metadata: { actor, tenant: 'acme' } }, 1_024)
  expect(JSON.parse(`${cut.head}}`)).not.toHaveProperty('metadata.tenant')
  expect(cut).not.toHaveProperty('tenant')
})
