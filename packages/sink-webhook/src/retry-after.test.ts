import { expect, test } from 'vitest'
import { retryAfterMs } from './retry-after.ts'

const now = Date.UTC(2026, 10, 22, 9)

test.each([
  ['0', 0],
  ['120', 120_000],
  [' 5 ', 5_000],
  ['1000000000', 1e12],
  ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
  ['Sun, 22 Nov 2026 09:00:30 GMT', 30_000],
  ['Sun, 22 Nov 2026 08:59:30 GMT', 0],
  [['7', '9'], 7_000],
])('Retry-After %j means %d ms', (value, expected) => {
  expect(retryAfterMs(value, now)).toBe(expected)
})

test.each([undefined, '', '-1', '1.5', '1e9', 'soon', 'Infinity', '0x10', '2026-11-22', 'Sun, 99 Nov 2026 09:00:30 GMT', []])(
  'Retry-After %j is ignored',
  (value) => {
    expect(retryAfterMs(value, now)).toBeUndefined()
  },
)
