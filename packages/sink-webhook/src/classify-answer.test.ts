import { SinkError } from '@audit/core/sink'
import { describe, expect, test } from 'vitest'
import { classifyAnswer } from './classify-answer.ts'

const url = new URL('https://hooks.example.com:8443/secret-path?token=secret-query')
const now = Date.UTC(2026, 10, 22, 9)
const classify = (status: number, headers: Record<string, string> = {}) => classifyAnswer({ status, headers }, url, now)

function kindOf(error: SinkError | undefined): string {
  if (!error) return 'delivered'
  if (error.parks) return 'parks'
  return error.retryable ? 'retried' : 'refused'
}

/** The meaning of each status from 100 to 599, by ranges. */
const table: readonly (readonly [from: number, to: number, kind: string])[] = [
  [100, 199, 'retried'],
  [200, 299, 'delivered'],
  [300, 399, 'parks'],
  [400, 400, 'refused'],
  [401, 401, 'parks'],
  [402, 402, 'refused'],
  [403, 403, 'refused'],
  [404, 405, 'parks'],
  [406, 406, 'refused'],
  [407, 407, 'parks'],
  [408, 408, 'retried'],
  [409, 409, 'refused'],
  [410, 410, 'parks'],
  [411, 424, 'refused'],
  [425, 425, 'retried'],
  [426, 428, 'refused'],
  [429, 429, 'retried'],
  [430, 499, 'refused'],
  [500, 599, 'retried'],
]
const expected = new Map(table.flatMap(([from, to, kind]) => Array.from({ length: to - from + 1 }, (_, i) => [from + i, kind])))

test('every status from 100 to 599 is classified as in the table', () => {
  const statuses = Array.from({ length: 500 }, (_, index) => index + 100)
  expect(statuses.map((status) => `${status} ${kindOf(classify(status))}`)).toEqual(
    statuses.map((status) => `${status} ${expected.get(status)}`),
  )
})

test.each([-1, 0, 99, 600, 999, Number.NaN])('the unknown status %d is retried', (status) => {
  expect(kindOf(classify(status))).toBe('retried')
})

test('every error names the host, the status and something to do, and neither path nor query', () => {
  const advice = new Set<string>()
  for (const [status, kind] of expected) {
    if (kind === 'delivered') continue
    const { message, code } = classify(Number(status), { location: '/secret-path/' })!
    expect(code).toBe('AUDIT_SINK_FAILED')
    expect(message).toMatch(new RegExp(`^hooks\\.example\\.com:8443 answered ${status}\\. [A-Z].{10,}\\.$`))
    expect(message).not.toContain('secret-')
    advice.add(message.replace(/\d{3}/, ''))
  }
  expect(advice.size).toBeGreaterThan(10)
})

describe('Retry-After', () => {
  test.each([429, 503, 500, 408, 425])('Retry-After is passed on with status %d', (status) => {
    expect(classify(status, { 'retry-after': '7' })).toMatchObject({ retryable: true, retryAfterMs: 7_000 })
    expect(classify(status, { 'retry-after': 'Sun, 22 Nov 2026 09:01:00 GMT' })).toMatchObject({ retryAfterMs: 60_000 })
  })

  test('an invalid Retry-After, or one with a status that is not retried, is ignored', () => {
    expect(classify(503, { 'retry-after': '-5' })?.retryAfterMs).toBeUndefined()
    expect(classify(401, { 'retry-after': '5' })?.retryAfterMs).toBeUndefined()
  })
})

describe('a redirection', () => {
  test.each([
    ['https://hooks.example.com:8443/secret-path/', 'another path of the same host'],
    ['/elsewhere', 'another path of the same host'],
    ['https://new.example.com/secret-path', 'It redirects to https://new.example.com.'],
    ['//new.example.com:99/', 'It redirects to https://new.example.com:99.'],
    ['http://user:secret-password@169.254.169.254/latest', 'It redirects to http://169.254.169.254.'],
    ['javascript:alert(1)', 'give the url of the receiver itself'],
    ['http://', 'give the url of the receiver itself'],
  ])('a redirection to %s names the target without its secret parts', (location, named) => {
    const { message } = classify(301, { location })!
    expect(message).toContain(named)
    expect(message).not.toContain('secret-')
  })
})
