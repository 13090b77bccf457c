import { describe, expect, test } from 'vitest'
import type { AuditEvent, Change } from '../event/event.ts'
import { jsonValue } from '../event/json-value.ts'
import { sampleEvent } from '../testing/sample-events.ts'
import { createReporter } from '../logger.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { Enrichment } from './enrichment.ts'
import { redactedHash, type Hashable } from './field-hash.ts'
import { createRedactor, redactedMark } from './redact.ts'

const hashKey = 'an example key, not a secret'
const of = (value: Hashable, field: string) => redactedHash(value, { hashKey, field })
const redactor = (...hash: string[]) => createRedactor({ hash, hashKey })
const payloadOf = (hash: readonly string[], payload: unknown, pointers: readonly string[] = []) =>
  jsonValue(redactor(...hash)(sampleEvent({ payload }), pointers).payload)

test('a value named by its key is hashed at any place, for any type', () => {
  const at = new Date(0)
  expect(
    payloadOf(['email', 'contact'], {
      email: 'ada@example.com',
      Email: 7,
      e_mail: true,
      deep: [{ email: at }, new Map([['email', 10n]])],
      contact: { phone: '1', lines: ['a', 2, null], set: new Set(['b']), none: null, email: 'ada@example.com' },
      emails: 'clear',
    }),
  ).toEqual({
    email: of('ada@example.com', 'email'),
    Email: of(7, 'email'),
    e_mail: of(true, 'email'),
    deep: [{ email: of(at, 'email') }, { email: of(10n, 'email') }],
    contact: {
      phone: of('1', 'contact'),
      lines: [of('a', 'contact'), of(2, 'contact'), null],
      set: [of('b', 'contact')],
      none: null,
      // The innermost named field counts, so the value is found like every other.
      email: of('ada@example.com', 'email'),
    },
    emails: 'clear',
  })
})

test('a value named by a pointer is hashed at that place, as the field that the pointer names', () => {
  expect(
    payloadOf(['/owner/phone', '/lines/*', '/byId/*/name'], {
      owner: { phone: '1' },
      phone: '2',
      lines: ['a', 'b'],
      byId: { ada: { name: 'x' }, 7: { name: 'y' } },
    }),
  ).toEqual({
    owner: { phone: of('1', 'phone') },
    phone: '2',
    lines: [of('a', 'lines'), of('b', 'lines')],
    byId: { ada: { name: of('x', 'name') }, 7: { name: of('y', 'name') } },
  })
})

test('a secret stays redacted, even inside a hashed value', () => {
  expect(payloadOf(['account'], { account: { password: 'x', token: 1, id: 'u_1' } })).toEqual({
    account: { password: redactedMark, token: redactedMark, id: of('u_1', 'account') },
  })
  expect(payloadOf(['email'], { email: 'ada@example.com' }, ['/email'])).toEqual({ email: redactedMark })
})

test('a number that identifies a person is hashed only on request', () => {
  expect(payloadOf(['iban'], { iban: 'DE02', ssn: '078' })).toEqual({ iban: of('DE02', 'iban'), ssn: redactedMark })
})

test('values in metadata and in the query of a URL are hashed too', () => {
  const metadata = { actor: { authentication: 'token', email: 'ada@example.com' } }
  const payload = {
    url: new URL('https://example.com/?email=ada%40example.com&token=x&b=1'),
    email: new URL('https://a:b@example.com/'),
  }
  const redacted = redactor('email')(sampleEvent({ metadata, payload }), [])
  expect(redacted.metadata.actor).toEqual({ authentication: 'token', email: of('ada@example.com', 'email') })
  const { url, email } = jsonValue(redacted.payload) as { url: string; email: string }
  expect(new URL(url).searchParams.get('email')).toBe(of('ada@example.com', 'email'))
  expect(new URL(url).searchParams.get('token')).toBe('redacted')
  expect(email).toBe(of('https://redacted:redacted@example.com/', 'email'))
})

test.each<[Change, Change]>([
  [
    { path: '/email', from: 'a', to: 'b' },
    { path: '/email', from: of('a', 'email'), to: of('b', 'email') },
  ],
  [
    { path: '/email', to: 'b' },
    { path: '/email', to: of('b', 'email') },
  ],
  [
    { path: '/email', from: 'a', to: null },
    { path: '/email', from: of('a', 'email'), to: null },
  ],
  [
    { path: '/email/work', from: 'a', to: 'b' },
    { path: '/email/work', from: of('a', 'email'), to: of('b', 'email') },
  ],
  [
    { path: '/email/password', from: 'a', to: 'b' },
    { path: '/email/password', changed: true },
  ],
  [
    { path: '/owner/phone', from: 1, to: 2 },
    { path: '/owner/phone', from: of(1, 'phone'), to: of(2, 'phone') },
  ],
  [
    { path: '/owner', to: { phone: 2, name: 'x' } },
    { path: '/owner', to: { phone: of(2, 'phone'), name: 'x' } },
  ],
  [
    { path: '/name', from: 'a', to: 'b' },
    { path: '/name', from: 'a', to: 'b' },
  ],
])('hashed fields of the change %j are hashed', (change, expected) => {
  const event: AuditEvent = sampleEvent({ changes: [change] })
  expect(redactor('email', '/owner/phone')(event, []).changes).toEqual([expected])
})

describe('an enricher', () => {
  const enriching = (enricher: (event: AuditEvent) => object) =>
    new Enrichment([enricher], redactor('email'), createReporter({ warn() {}, error() {} }, manualClock()))
  const hashed = of('ada@example.com', 'email')

  test('an enricher sees the hash, and may copy it', () => {
    const event = sampleEvent({ metadata: { actor: { authentication: 'token', email: 'ada@example.com' } } })
    const { metadata } = enriching(({ metadata: { actor } }) => ({ email: actor.email })).enrich({ event, secrets: [] })
    expect(metadata).toMatchObject({ actor: { email: hashed }, email: hashed })
  })

  test('an enricher can add a value, which is hashed', () => {
    const { metadata } = enriching(() => ({ email: 'ada@example.com' })).enrich({ event: sampleEvent(), secrets: [] })
    expect(metadata).toMatchObject({ email: hashed })
  })

  test('a hash that is written into a payload does not pass for the person it belongs to', () => {
    const { payload } = enriching(() => ({ region: 'eu' })).enrich({
      event: sampleEvent({ payload: { email: hashed } }),
      secrets: [],
    })
    expect(payload).toEqual({ email: of(hashed, 'email') })
  })
})
