import { expect, test } from 'vitest'
import { rigged, trapped, tripwire } from '../../test/hostile-values.ts'
import { describeError, statusOf } from './event-error.ts'

class HttpError extends Error {
  readonly status: number
  constructor(status: number) {
    super('quotes a value')
    this.status = status
  }
}
class Forbidden extends HttpError {
  constructor() {
    super(403)
  }
}

test.each([
  ['an error', new TypeError('secret'), { kind: 'TypeError' }],
  ['a class of the application', new HttpError(404), { kind: 'HttpError', status: 404 }],
  ['a subclass', new Forbidden(), { kind: 'Forbidden', status: 403 }],
  ['a code', Object.assign(new Error('secret'), { code: 'ECONNREFUSED' }), { kind: 'Error', code: 'ECONNREFUSED' }],
  ['a numeric code', Object.assign(new Error('secret'), { code: 11_000 }), { kind: 'Error', code: '11000' }],
  ['a statusCode', Object.assign(new Error('secret'), { statusCode: 401 }), { kind: 'Error', status: 401 }],
  ['a code that is a sentence', Object.assign(new Error('x'), { code: 'the password was secret' }), { kind: 'Error' }],
  ['an invalid status', Object.assign(new Error('x'), { status: 4_030 }), { kind: 'Error' }],
  [
    'own properties',
    Object.assign(new Error('x', { cause: new Error('secret') }), { detail: 'secret', response: { body: 'secret' } }),
    { kind: 'Error' },
  ],
  ['an outcome without an exception', { kind: 'status', status: 500 }, { kind: 'status', status: 500 }],
  ['a string', 'secret', { kind: 'string' }],
  ['nothing', undefined, { kind: 'undefined' }],
  ['null', null, { kind: 'null' }],
  ['a function', () => 'secret', { kind: 'function' }],
])('an error is described without its message: %s', (_, error, described) => {
  expect(describeError(error)).toEqual(described)
})

test('no code of an error is run', () => {
  const { trip, tripped } = tripwire()
  const getters = Object.defineProperties(new Error('x'), {
    code: { get: () => trip('code') },
    status: { get: () => trip('status') },
    kind: { get: () => trip('kind') },
  })
  for (const error of [
    getters,
    rigged(new Error('x'), trip),
    trapped(new Error('x'), trip),
    Object.create(trapped({}, trip)),
    trapped(() => 1, trip),
  ]) {
    expect(() => describeError(error)).not.toThrow()
  }
  expect(tripped).toEqual([])
})

test('errors with status 401 or 403 are denials', () => {
  expect([401, 403, 404, undefined].map((status) => statusOf({ kind: 'Error', ...(status && { status }) }))).toEqual([
    'denied',
    'denied',
    'failure',
    'failure',
  ])
})
