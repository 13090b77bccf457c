import type { AuditEvent } from '@audit/core/sink'
import { sampleEvent } from '@audit/core/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { fliptLogFormat } from './log-format.ts'

const encode = (event: AuditEvent) => fliptLogFormat().encode(event, '')

test("the log has only Flipt's members, in the order of its log", () => {
  const event = sampleEvent({
    metadata: {
      actor: { authentication: 'oidc', id: 'u_1', ip: '172.17.0.1', email: 'ada@example.com', name: 'Ada' },
      request: { id: 'r-1' },
      tenant: 'acme',
    },
    payload: { description: 'flipt <flag>', enabled: true, key: 'flipt', name: 'flipt', namespace_key: 'default' },
    timestamp: '2026-11-22T09:00:00.123Z',
    target: { type: 'flag', id: 'flipt' },
  })
  expect(encode(event)).toBe(
    '{"version":"0.2","type":"flag","action":"created","status":"success",' +
      '"metadata":{"actor":{"authentication":"oidc","ip":"172.17.0.1","email":"ada@example.com","name":"Ada"}},' +
      '"payload":{"description":"flipt <flag>","enabled":true,"key":"flipt","name":"flipt","namespace_key":"default"},' +
      '"timestamp":"2026-11-22T09:00:00Z"}',
  )
})

test('the log has only the non-empty members of the actor', () => {
  const actor = {
    authentication: 'oidc',
    id: 'u_1',
    type: 'user',
    ip: '',
    email: 'ada@example.com',
    name: '',
    picture: 'https://a/b',
  } as const
  expect(encode(sampleEvent({ metadata: { actor } }))).toContain(
    '"metadata":{"actor":{"authentication":"oidc","email":"ada@example.com","picture":"https://a/b"}},',
  )
})

test("a payload has its keys in Go's order, also keys like __proto__, and is null if missing", () => {
  const payload = JSON.parse('{"zeta":1,"10":2,"9":3,"alpha":{"__proto__":{"a":1},"toJSON":"x"}}') as unknown
  expect(encode(sampleEvent({ payload }))).toContain(
    '"payload":{"10":2,"9":3,"alpha":{"__proto__":{"a":1},"toJSON":"x"},"zeta":1},',
  )
  expect(encode(sampleEvent({ payload: null }))).toContain('"payload":null,')
})

test('each event is on one line for every reader', () => {
  const payload = { key: '\u2028\u0085\n\u001b' }
  const line = encode(sampleEvent({ payload }))
  expect(line).not.toMatch(/[\n\u0085\u2028\u2029]/)
  expect(JSON.parse(line)).toMatchObject({ payload })
})

test('only successes and denied attempts can be expressed, and no system events', () => {
  expect(fliptLogFormat({ encoding: 'console' })).toMatchObject({ statuses: ['success', 'denied'], systemEvents: false })
})

describe("Flipt's encodings", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-23T06:34:12.345Z') }))
  afterEach(() => void vi.useRealTimers())

  const event = sampleEvent({
    timestamp: '2026-11-22T09:00:00.123Z',
    metadata: { actor: { authentication: 'token', ip: '192.0.2.1' } },
    payload: { name: '<b>&', enabled: true },
  })
  const metadata = '{"actor":{"authentication":"token","ip":"192.0.2.1"}}'
  const payload = '{"enabled":true,"name":"<b>&"}'
  const members =
    '"version":"0.2","type":"flag","action":"created","status":"success",' +
    `"metadata":${metadata},"payload":${payload},"timestamp":"2026-11-22T09:00:00Z"`
  const spaced =
    '{"version": "0.2", "type": "flag", "action": "created", "status": "success", ' +
    `"metadata": ${metadata}, "payload": ${payload}, "timestamp": "2026-11-22T09:00:00Z"}`
  test.each([
    ['json', 'a file', `{${members}}`],
    ['json', 'stdout', `{"T":"2026-11-23T06:34:12Z","M":"AUDIT",${members}}`],
    ['console', 'a file', spaced],
    ['console', 'stdout', `2026-11-23T06:34:12Z\tAUDIT\t${spaced}`],
  ] as const)('the encoding %s for %s is as Flipt writes it', (encoding, target, line) => {
    expect(fliptLogFormat({ encoding, stdout: target === 'stdout' }).encode(event, '')).toBe(line)
  })
})
