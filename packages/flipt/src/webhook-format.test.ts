import type { AuditEvent } from '@audit/core/sink'
import { sampleEvent } from '@audit/core/testing'
import { expect, test } from 'vitest'
import { fliptWebhookFormat } from './webhook-format.ts'

const fliptBody = (event: AuditEvent) => fliptWebhookFormat.encode(event, '')

test("the body has only Flipt's members in its order, and no line end", () => {
  const event = sampleEvent({
    timestamp: '2026-11-22T09:00:00.123Z',
    metadata: { actor: { authentication: 'oidc', id: 'u_1', ip: '192.0.2.1', email: 'ada@example.com' }, tenant: 'acme' },
    payload: { key: 'a', enabled: true },
    target: { type: 'flag', id: 'a' },
    source: 's',
    sequence: 7,
  })
  expect(fliptBody(event)).toBe(
    '{"version":"0.2","type":"flag","action":"created",' +
      '"metadata":{"actor":{"authentication":"oidc","ip":"192.0.2.1","email":"ada@example.com"}},' +
      '"payload":{"enabled":true,"key":"a"},"timestamp":"2026-11-22T09:00:00Z","status":"success"}',
  )
})

test('the body has only the non-empty members of the actor', () => {
  const actor = { authentication: 'github', ip: '', name: 'Ada', picture: 'https://a/b', email: '' }
  expect(fliptBody(sampleEvent({ metadata: { actor } }))).toContain(
    '"metadata":{"actor":{"authentication":"github","name":"Ada","picture":"https://a/b"}},',
  )
})

test('the body of a denied event without a payload has null', () => {
  expect(fliptBody(sampleEvent({ status: 'denied', payload: null }))).toMatch(/"payload":null,.*"status":"denied"}$/)
})

test('the keys of a payload are sorted by their bytes like a Go map: numbers as texts, and characters above U+FFFF last', () => {
  const payload = JSON.parse(
    '{"b":{"z":1,"a":[{"y":1,"x":2}]},"10":1,"9":2,"\u{1f600}":3,"\uffee":4,"B":5,"__proto__":6}',
  ) as object
  expect(fliptBody(sampleEvent({ payload }))).toContain(
    '"payload":{"10":1,"9":2,"B":5,"__proto__":6,"b":{"a":[{"x":2,"y":1}],"z":1},"\uffee":4,"\u{1f600}":3},',
  )
})

test('all texts of the body are escaped for HTML as Go does it', () => {
  const body = fliptBody(sampleEvent({ type: 'a&b', payload: { '<script>': '</script>\u2028\u2029"' } }))
  expect(body).toContain('"type":"a\\u0026b"')
  expect(body).toContain('"payload":{"\\u003cscript\\u003e":"\\u003c/script\\u003e\\u2028\\u2029\\""}')
})

test('only successes and denied attempts can be expressed, and no system events', () => {
  expect(fliptWebhookFormat).toMatchObject({ statuses: ['success', 'denied'], systemEvents: false })
})
