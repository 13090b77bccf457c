import { describe, expect, test } from 'vitest'
import { className } from '../copy/class-name.ts'
import type { AuditEvent, Change } from '../event/event.ts'
import { jsonValue } from '../event/json-value.ts'
import { createRedactor, redactedMark } from './redact.ts'

function eventOf(payload: unknown, changes?: readonly Change[]): AuditEvent {
  return {
    version: '1.0',
    type: 'user',
    action: 'created',
    metadata: { actor: { authentication: 'none' } },
    payload,
    timestamp: '',
    id: '',
    status: 'success',
    ...(changes && { changes }),
  }
}

function redacted(payload: unknown, pointers: readonly string[] = [], keys: readonly string[] = []): unknown {
  return jsonValue(createRedactor({ keys })(eventOf(payload), pointers).payload)
}

test.each([
  'password',
  'PASSWORD',
  'newPassword',
  'new_password',
  'user[password]',
  'password_confirmation',
  'token',
  'accessToken',
  'refresh-token',
  'secret',
  'clientSecret',
  'apiKey',
  'api_key',
  'api key',
  'X-Api-Key',
  'STRIPE_API_KEY',
  'Authorization',
  'proxy-authorization',
  'Cookie',
  'set-cookie',
  'cookies',
  'private_key',
  'aws_secret_access_key',
  'ssn',
  'creditCard',
  'card-number',
  'CVV',
  'otp',
  'pin',
  'connectionString',
])('%s is a secret key', (key) => {
  expect(redacted({ [key]: 'canary', deep: [{ [key]: { all: 'canary' } }] })).toEqual({
    [key]: redactedMark,
    deep: [{ [key]: redactedMark }],
  })
})

test.each(['key', 'passwordPolicy', 'tokenCount', ''])('%s is not a secret key', (key) => {
  expect(redacted({ [key]: 'value' })).toEqual({ [key]: 'value' })
})

describe('a name and its value', () => {
  test.each<[unknown, unknown]>([
    [[['authorization', 'canary'], ['host', 'a']], [['authorization', redactedMark], ['host', 'a']]], // prettier-ignore
    [{ header: ['authorization', 'canary-1'] }, { header: ['authorization', redactedMark] }],
    [{ rawHeaders: ['Host', 'a', 'Cookie', 'canary'] }, { rawHeaders: ['Host', 'a', 'Cookie', redactedMark] }],
    [{ args: ['run', '--token', 'canary', '-v'] }, { args: ['run', '--token', redactedMark, '-v'] }],
    [
      { name: 'Authorization', value: 'canary' },
      { name: 'Authorization', value: redactedMark },
    ],
    [
      { newValue: 'canary', oldValue: null, field: 'password' },
      { newValue: redactedMark, oldValue: null, field: 'password' },
    ],
    [
      { op: 'replace', path: '/user/password', value: 'canary' },
      { op: 'replace', path: '/user/password', value: redactedMark },
    ],
    [
      { path: ['user', 'token'], lhs: 'canary', rhs: { a: 1 } },
      { path: ['user', 'token'], lhs: redactedMark, rhs: redactedMark },
    ],
    [
      { key: 'apiKey', values: ['canary'] },
      { key: 'apiKey', values: redactedMark },
    ],
  ])('secrets in %j are redacted', (payload, expected) => {
    expect(redacted(payload)).toEqual(expected)
  })

  test.each<[unknown]>([
    [{ changed: ['password', 'email'] }],
    [{ list: ['a', 'token', 'b'] }],
    [{ name: 'color', value: 'red' }],
    [{ name: 'passwordPolicy', value: 'strict' }],
    [{ name: 'token', count: 3 }],
    [{ args: ['--verbose', 'a', '-p', 'b'] }],
    [{ headers: ['Host', 'a', 'b'] }],
    [{ type: 'flag', data: { a: 1 } }],
  ])('%j is not redacted', (payload) => {
    expect(redacted(payload)).toEqual(payload)
  })

  test('a name and its value are recognized when only the value changed, or both', () => {
    const changes = [
      { path: '/field/value', from: 'canary', to: 'canary2' },
      { path: '/other/key', from: 'password', to: 'color' },
      { path: '/other/value', from: 'canary', to: 'red' },
      { path: '/plain/value', from: 1, to: 2 },
    ]
    const payload = {
      field: { key: 'password', value: 'x' },
      other: { key: 'color', value: 'red' },
      plain: { key: 'size', value: 2 },
    }
    expect(createRedactor({})(eventOf(payload, changes), []).changes).toEqual([
      { path: '/field/value', changed: true },
      { path: '/other/key', from: 'password', to: 'color' },
      { path: '/other/value', changed: true },
      { path: '/plain/value', from: 1, to: 2 },
    ])
  })
})

test('credentials of URLs are found in text, in a target and a reason as well', () => {
  const event = { ...eventOf({ url: 'see https://a:canary@b.example/?token=canary' }), target: { type: 'url', id: 'https://a:canary@b.example' }, reason: 'GET /a?token=canary' } // prettier-ignore
  expect(createRedactor({})(event, [])).toMatchObject({
    payload: { url: 'see https://redacted:redacted@b.example/?token=redacted' },
    target: { type: 'url', id: 'https://redacted:redacted@b.example' },
    reason: 'GET /a?token=redacted',
  })
})

test('the application can name more secret keys', () => {
  expect(redacted({ badge_number: 1, badge: 2 }, [], ['badgeNumber'])).toEqual({ badge_number: redactedMark, badge: 2 })
})

test('null and undefined are not redacted', () => {
  expect(redacted({ password: null, token: undefined, secret: '', pin: 0 })).toEqual({
    password: null,
    token: undefined,
    secret: redactedMark,
    pin: redactedMark,
  })
})

test('an event without secrets is the same event, and one with them is not changed', () => {
  const redact = createRedactor({})
  const harmless = eventOf({ a: [1, { b: 2 }] })
  expect(redact(harmless, [])).toBe(harmless)
  const payload = Object.freeze({ list: Object.freeze([Object.freeze({ password: 'x' })]) })
  expect(redact(eventOf(payload), []).payload).toEqual({ list: [{ password: redactedMark }] })
  expect(payload).toEqual({ list: [{ password: 'x' }] })
})

describe('pointers', () => {
  test.each([
    ['/a', { a: { b: 1 }, c: 2 }, { a: redactedMark, c: 2 }],
    ['/a/b', { a: { b: 1, c: 2 } }, { a: { b: redactedMark, c: 2 } }],
    ['/list/1', { list: [1, 2, 3] }, { list: [1, redactedMark, 3] }],
    [
      '/list/*/code',
      { list: [{ code: 1, at: 2 }, { code: 3 }] },
      { list: [{ code: redactedMark, at: 2 }, { code: redactedMark }] },
    ],
    ['/*/b', { a: { b: 1 }, c: { b: 2, d: 3 } }, { a: { b: redactedMark }, c: { b: redactedMark, d: 3 } }],
    ['/a~1b/~0', { 'a/b': { '~': 1 } }, { 'a/b': { '~': redactedMark } }],
    ['/missing/b', { a: 1 }, { a: 1 }],
    ['/__proto__/a', JSON.parse('{"__proto__":{"a":1}}'), JSON.parse(`{"__proto__":{"a":"${redactedMark}"}}`)],
    [
      '/map/a',
      {
        map: new Map([
          ['a', 1],
          ['b', 2],
        ]),
      },
      { map: { a: redactedMark, b: 2 } },
    ],
    [
      '/map/1',
      {
        map: new Map([
          [1, 'one'],
          [2, 'two'],
        ]),
      },
      {
        map: [
          [1, redactedMark],
          [2, 'two'],
        ],
      },
    ],
    ['/set/0', { set: new Set(['a', 'b']) }, { set: [redactedMark, 'b'] }],
    ['/set/*/b', { set: new Set([{ b: 1, c: 2 }]) }, { set: [{ b: redactedMark, c: 2 }] }],
  ])('the pointer %s selects the values to redact', (pointer, payload, expected) => {
    expect(redacted(payload, [pointer])).toEqual(expected)
    expect(Object.prototype).not.toHaveProperty('a')
  })
})

test('secrets in Maps, Sets and their keys are redacted', () => {
  const payload = {
    map: new Map<unknown, unknown>([
      ['password', 'x'],
      ['b', { token: 'x' }],
    ]),
    set: new Set([{ secret: 'x' }]),
    keys: new Map([[{ pin: 1 }, 2]]),
  }
  expect(redacted(payload)).toEqual({
    map: { password: redactedMark, b: { token: redactedMark } },
    set: [{ secret: redactedMark }],
    keys: [[{ pin: redactedMark }, 2]],
  })
})

test('a Map key that cannot become text does not throw', () => {
  expect(redacted(new Map<object, object>([[{ toString: 'x', valueOf: 'y' }, { pin: 1 }]]))).toEqual([
    [{ toString: 'x', valueOf: 'y' }, { pin: redactedMark }] as const,
  ])
})

test('the name of a class is kept', () => {
  const account = Object.defineProperty({ password: 'x', id: 1 }, className, { value: 'Account' })
  expect(redacted(account)).toEqual({ '@class': 'Account', password: redactedMark, id: 1 })
})

test.each([
  ['https://ada:canary@example.com/a?b=1', 'https://redacted:redacted@example.com/a?b=1'],
  ['https://canary@example.com/', 'https://redacted:redacted@example.com/'],
  [
    'https://example.com/?access_token=canary&b=1&api_key=canary',
    'https://example.com/?access_token=redacted&b=1&api_key=redacted',
  ],
  ['https://example.com/?token=canary&token=canary', 'https://example.com/?token=redacted'],
  ['https://example.com/#access_token=canary&state=1', 'https://example.com/#access_token=redacted&state=1'],
  ['https://example.com/?b=1%20+2#part', 'https://example.com/?b=1%20+2#part'],
  ['mailto:ada@example.com?token=canary', 'mailto:ada@example.com?token=redacted'],
])('secrets in the URL %s are redacted', (href, expected) => {
  const url = new URL(href)
  expect(redacted({ url })).toEqual({ url: expected })
  expect(url.href).toBe(href)
})

describe('changes', () => {
  test.each<[Change, Change]>([
    [
      { path: '/password', from: 'a', to: 'b' },
      { path: '/password', changed: true },
    ],
    [
      { path: '/secret/inner', to: 'b' },
      { path: '/secret/inner', changed: true },
    ],
    [
      { path: '/name', from: 'a', to: 'b' },
      { path: '/name', from: 'a', to: 'b' },
    ],
    [
      { path: '/user', from: { password: 'a' }, to: null },
      { path: '/user', from: { password: redactedMark }, to: null },
    ],
    [
      { path: '/marked', from: 'a', to: 'b' },
      { path: '/marked', changed: true },
    ],
    [
      { path: '/marked/inner', from: 'a' },
      { path: '/marked/inner', changed: true },
    ],
    [
      { path: '/list', from: [{ code: 1 }], to: [{ code: 2, at: 3 }] },
      { path: '/list', from: [{ code: redactedMark }], to: [{ code: redactedMark, at: 3 }] },
    ],
    [
      { path: '', from: { marked: 'a' }, to: 'gone' },
      { path: '', from: { marked: redactedMark }, to: 'gone' },
    ],
  ])('the change %j is redacted', (change, expected) => {
    expect(createRedactor({})(eventOf(null, [change]), ['/marked', '/list/*/code']).changes).toEqual([expected])
  })
})

test('metadata is redacted by key', () => {
  const metadata = {
    actor: { authentication: 'token', token: 'x', name: 'ada' },
    request: { headers: { cookie: 'x', host: 'y' } },
  } as never
  expect(createRedactor({})({ ...eventOf(null), metadata }, []).metadata).toEqual({
    actor: { authentication: 'token', token: redactedMark, name: 'ada' },
    request: { headers: { cookie: redactedMark, host: 'y' } },
  })
})
