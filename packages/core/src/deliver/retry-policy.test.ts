import { expect, test } from 'vitest'
import { defaultRetryPolicy, retryDelayMs } from './retry-policy.ts'

test('waits are random between zero and a bound that doubles up to its maximum', () => {
  const bounds = [1, 2, 3, 4, 8, 100, 10_000].map((failures) => retryDelayMs(defaultRetryPolicy, failures, 1))
  expect(bounds).toEqual([500, 1_000, 2_000, 4_000, 60_000, 60_000, 60_000])
  expect(retryDelayMs(defaultRetryPolicy, 3, 0)).toBe(0)
  expect(retryDelayMs(defaultRetryPolicy, 3, 0.5)).toBe(1_000)
})

test.each([
  [1e9 * 1_000, 86_400_000],
  [-5, 1_000],
  [0, 1_000],
  [30_000, 30_000],
])('a requested delay of %d ms is kept within bounds: %d', (wish, delay) => {
  expect(retryDelayMs(defaultRetryPolicy, 1, 0.1, wish)).toBe(delay)
})

test('a requested delay that is not a number is ignored', () => {
  expect(retryDelayMs(defaultRetryPolicy, 1, 0.5, Number.NaN)).toBe(250)
})
