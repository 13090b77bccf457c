import { sampleBatch } from '@audit/core/testing'
import { describe, expect, test } from 'vitest'
import { encodeBatch } from './encode.ts'

const now = new Date('2026-11-23T06:34:12.345Z')

test('the native format is the text of the events, byte for byte', () => {
  const batch = sampleBatch(3)
  expect(encodeBatch(batch, 'native', 'file', now)).toBe(batch.lines.map((line) => `${line}\n`).join(''))
})

test("Flipt's format has only Flipt's non-empty members of the actor", () => {
  const actor = {
    authentication: 'oidc',
    id: 'u_1',
    type: 'user',
    ip: '',
    email: 'ada@example.com',
    name: '',
    picture: 'https://a/b',
  } as const
  const [line] = encodeBatch(
    sampleBatch(1, () => ({ metadata: { actor } })),
    'flipt',
    'file',
    now,
  ).split('\n')
  expect(line).toContain('"metadata":{"actor":{"authentication":"oidc","email":"ada@example.com","picture":"https://a/b"}},')
})

test("a payload has its keys in Go's order, also keys like __proto__, and is null if missing", () => {
  const payload = JSON.parse('{"zeta":1,"10":2,"9":3,"alpha":{"__proto__":{"a":1},"toJSON":"x"}}') as unknown
  const lines = encodeBatch(
    sampleBatch(2, (index) => ({ payload: index === 0 ? payload : null })),
    'flipt',
    'file',
    now,
  ).split('\n')
  expect(lines[0]).toContain('"payload":{"10":2,"9":3,"alpha":{"__proto__":{"a":1},"toJSON":"x"},"zeta":1},')
  expect(lines[1]).toContain('"payload":null,')
})

describe("Flipt's encodings", () => {
  const batch = sampleBatch(1, () => ({
    timestamp: '2026-11-22T09:00:00.123Z',
    metadata: { actor: { authentication: 'token', ip: '192.0.2.1' } },
    payload: { name: '<b>&', enabled: true },
  }))
  const metadata = '{"actor":{"authentication":"token","ip":"192.0.2.1"}}'
  const payload = '{"enabled":true,"name":"<b>&"}'
  const members =
    '"version":"0.2","type":"flag","action":"created","status":"success",' +
    `"metadata":${metadata},"payload":${payload},"timestamp":"2026-11-22T09:00:00Z"`
  const spaced =
    '{"version": "0.2", "type": "flag", "action": "created", "status": "success", ' +
    `"metadata": ${metadata}, "payload": ${payload}, "timestamp": "2026-11-22T09:00:00Z"}`
  test.each([
    ['flipt', 'file', `{${members}}`],
    ['flipt', 'stdout', `{"T":"2026-11-23T06:34:12Z","M":"AUDIT",${members}}`],
    ['flipt-console', 'file', spaced],
    ['flipt-console', 'stdout', `2026-11-23T06:34:12Z\tAUDIT\t${spaced}`],
  ] as const)('the format %s is encoded for %s as Flipt does it', (format, target, line) => {
    expect(encodeBatch(batch, format, target, now)).toBe(`${line}\n`)
  })
})
