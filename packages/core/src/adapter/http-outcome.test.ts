import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { httpOutcome, isDenial, reasonOfStatus, type HttpExchange } from './http-outcome.ts'

class ConflictError extends Error {
  readonly status = 409
}
const http = (status: number) => Object.assign(new Error('secret'), { status })
/** As Nest's HttpException is recognized: by its method. */
const exception = (status: number) => Object.assign(http(status), { getResponse: () => 'no' })
const thrown = (error: unknown) => ({ error })
const timeout = new (class TimeoutError extends Error {
  readonly status = 504
})()
const guard = { by: 'guard', name: 'RolesGuard' } as const
const middleware = { by: 'middleware' } as const

const table: [what: string, exchange: HttpExchange, outcome: string][] = [
  ['the handler returned', { handler: 'returned', status: 200 }, 'success'],
  ['the handler redirected', { handler: 'returned', handlerStatus: 302, status: 302 }, 'success'],
  ['the handler chose 401', { handler: 'returned', handlerStatus: 401, status: 401 }, 'denied unauthenticated'],
  ['the handler chose 403', { handler: 'returned', handlerStatus: 403, status: 403 }, 'denied forbidden'],
  ['the handler chose 404', { handler: 'returned', handlerStatus: 404, status: 404 }, 'failure status-404'],
  ['the handler chose 409, answered 200', { handler: 'returned', handlerStatus: 409, status: 200 }, 'failure status-409'],
  ['only the response is known: 422', { handler: 'returned', status: 422 }, 'failure status-422'],
  ['the client left after the handler', { handler: 'returned', status: 200, isAborted: true }, 'success aborted'],
  [
    'a timeout after the handler',
    { handler: 'returned', handlerStatus: 200, status: 504, thrown: thrown(timeout) },
    'success | 504 TimeoutError',
  ],
  ['a filter answers 500 after it', { handler: 'returned', handlerStatus: 201, status: 500 }, 'success | 500'],
  ['an interceptor refuses after it', { handler: 'returned', handlerStatus: 200, status: 403 }, 'success | 403'],
  [
    'the client left, and the serializer threw',
    { handler: 'returned', handlerStatus: 200, status: 500, isAborted: true, thrown: thrown(new TypeError('x')) },
    'success aborted | TypeError',
  ],
  ['the handler threw 409', { handler: 'threw', status: 409, thrown: thrown(new ConflictError()) }, 'failure ConflictError'],
  ['the handler threw 401', { handler: 'threw', status: 401, thrown: thrown(http(401)) }, 'denied unauthenticated'],
  ['the handler threw 403, answered 200', { handler: 'threw', status: 200, thrown: thrown(http(403)) }, 'denied forbidden'],
  ['the handler threw, answered 403', { handler: 'threw', status: 403, thrown: thrown(new TypeError('x')) }, 'denied forbidden'],
  ['the handler threw 404', { handler: 'threw', status: 404, thrown: thrown(http(404)) }, 'failure Error'],
  ['the handler threw 429', { handler: 'threw', status: 429, thrown: thrown(http(429)) }, 'failure Error'],
  ['the handler threw a string', { handler: 'threw', status: 500, thrown: thrown('text') }, 'failure string'],
  ['the handler threw undefined', { handler: 'threw', status: 500, thrown: thrown(undefined) }, 'failure undefined'],
  [
    'the handler threw a code',
    { handler: 'threw', status: 500, thrown: thrown(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })) },
    'failure ECONNREFUSED',
  ],
  [
    'the handler threw, and the client left',
    { handler: 'threw', status: 403, isAborted: true, thrown: thrown(new TypeError('x')) },
    'failure TypeError',
  ],
  ['a stream was sent', { handler: 'streamed', status: 200 }, 'success'],
  ['a stream was left', { handler: 'streamed', status: 200, isAborted: true }, 'failure aborted'],
  [
    'a stream broke',
    { handler: 'streamed', status: 200, isAborted: true, thrown: thrown(new RangeError('x')) },
    'failure RangeError',
  ],
  ['the handler answered 409 by itself', { handler: 'streamed', status: 409 }, 'failure status-409'],
  ['the audit was closed meanwhile', { handler: 'running', status: 200 }, 'failure abandoned'],
  ['the audit was closed after a timeout', { handler: 'running', status: 504 }, 'failure abandoned | 504'],
  ['a guard refused', { handler: 'not-run', status: 403, refusal: guard }, 'denied RolesGuard'],
  ['a guard refused, answered 200', { handler: 'not-run', status: 200, refusal: guard }, 'denied RolesGuard'],
  ...[400, 401, 402, 403, 404, 409, 418, 429].map(
    (status) =>
      [
        `a guard threw ${status}`,
        { handler: 'not-run', status, refusal: { ...guard, thrown: thrown(exception(status)) } },
        'denied RolesGuard',
      ] as [string, HttpExchange, string],
  ),
  [
    'a guard threw the error of a message transport',
    { handler: 'not-run', status: 500, refusal: { ...guard, thrown: thrown({ getError: () => 'no' }) } },
    'denied RolesGuard',
  ],
  [
    'a guard broke',
    { handler: 'not-run', status: 500, refusal: { ...guard, thrown: thrown(new TypeError('x')) } },
    'failure TypeError',
  ],
  ...[401, 403].map(
    (status) =>
      [
        `a guard threw ${status} of any class`,
        { handler: 'not-run', status, refusal: { ...guard, thrown: thrown(http(status)) } },
        'denied RolesGuard',
      ] as [string, HttpExchange, string],
  ),
  [
    'a service that the guard called answered 404',
    { handler: 'not-run', status: 404, refusal: { ...guard, thrown: thrown(http(404)) } },
    'failure Error',
  ],
  [
    'a guard threw a Proxy',
    { handler: 'not-run', status: 500, refusal: { ...guard, thrown: thrown(new Proxy({ getError: () => 'no' }, {})) } },
    'failure object',
  ],
  [
    'a guard threw 503',
    { handler: 'not-run', status: 503, refusal: { ...guard, thrown: thrown(exception(503)) } },
    'failure Error',
  ],
  ...([401, 402, 403, 404, 407, 429, 451] as const).map(
    (status) =>
      [
        `a middleware refused with ${status}`,
        { handler: 'not-run', status, refusal: middleware },
        `denied ${reasonOfStatus(status)}`,
      ] as [string, HttpExchange, string],
  ),
  ...[400, 405, 409, 413, 415, 422, 500, 503].map(
    (status) =>
      [`a middleware answered ${status}`, { handler: 'not-run', status, refusal: middleware }, `failure status-${status}`] as [
        string,
        HttpExchange,
        string,
      ],
  ),
  [
    'a middleware threw 429',
    { handler: 'not-run', status: 429, refusal: middleware, thrown: thrown(http(429)) },
    'denied status-429',
  ],
  [
    'a middleware broke',
    { handler: 'not-run', status: 500, refusal: middleware, thrown: thrown(new TypeError('x')) },
    'failure TypeError',
  ],
  ['a pipe threw 404', { handler: 'not-run', status: 404, thrown: thrown(http(404)) }, 'failure Error'],
  ['a pipe threw 403', { handler: 'not-run', status: 403, thrown: thrown(http(403)) }, 'denied forbidden'],
  ['something answered 404', { handler: 'not-run', status: 404 }, 'failure status-404'],
  ['a cache answered', { handler: 'not-run', status: 200 }, 'failure handler-not-run'],
  ['something redirected', { handler: 'not-run', status: 302, refusal: middleware }, 'failure handler-not-run'],
  [
    'something redirected a caller who is not signed in',
    { handler: 'not-run', status: 302, refusal: middleware, isUnauthenticated: true },
    'denied unauthenticated',
  ],
  ['the client left before the handler', { handler: 'not-run', status: 200, isAborted: true }, 'failure aborted'],
]

describe('the outcome of a request', () => {
  test.each(table)('the outcome of a request: %s', (_, exchange, expected) => {
    const { status, reason, response } = httpOutcome(exchange)
    const kind = response?.error === undefined ? undefined : (response.error as object).constructor.name
    const late = response ? `| ${[response.status, kind].filter((part) => part !== undefined).join(' ')}` : undefined
    expect([status, reason, late].filter((part) => part !== undefined).join(' ')).toBe(expected)
  })

  test('the outcome keeps the thrown value unchanged, so that the event can read its kind', () => {
    const error = new ConflictError()
    expect(httpOutcome({ handler: 'threw', status: 409, thrown: { error } }).error).toBe(error)
    expect(httpOutcome({ handler: 'returned', handlerStatus: 200, status: 500, thrown: { error } }).response).toEqual({
      status: 500,
      error,
    })
  })

  const statuses = fc.integer({ min: 100, max: 599 })
  const errors = fc.constantFrom(
    new TypeError('x'),
    http(401),
    http(404),
    http(500),
    undefined,
    null,
    'text',
    Object.create(null),
  )
  const exchange = fc.record(
    {
      handler: fc.constantFrom('not-run', 'running', 'streamed', 'returned', 'threw'),
      status: statuses,
      handlerStatus: statuses,
      isAborted: fc.boolean(),
      isUnauthenticated: fc.boolean(),
      thrown: fc.record({ error: errors }),
      refusal: fc.record(
        { by: fc.constantFrom('guard', 'middleware'), name: fc.constant('G'), thrown: fc.record({ error: errors }) },
        { requiredKeys: ['by'] },
      ),
    },
    { requiredKeys: ['handler', 'status'] },
  )

  test('the outcome is a success only if the handler completed, and then is never a denial', () => {
    fc.assert(
      fc.property(exchange, (given) => {
        const { status, reason, response } = httpOutcome(given as HttpExchange)
        if (status === 'success') expect(['returned', 'streamed']).toContain(given.handler)
        else expect(reason).toMatch(/^[\w-]+$/)
        if (response && given.handler !== 'running') expect(status).toBe('success')
        if (given.handler === 'returned' && (given.handlerStatus ?? given.status) < 400) expect(status).toBe('success')
      }),
    )
  })
})

test('401 and 403 are denials, and statuses have short names', () => {
  expect([401, 403, 400, 404, 200, 500].map(isDenial)).toEqual([true, true, false, false, false, false])
  expect([401, 403, 409].map(reasonOfStatus)).toEqual(['unauthenticated', 'forbidden', 'status-409'])
})
