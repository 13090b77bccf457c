import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseGoDuration } from './go-duration.ts'

test.each([
  ['0', 0],
  ['2m30.5s', 150_500],
  ['150000000us', 150_000],
  ['1h0.5m', 3_630_000],
  ['.5s', 500],
  ['-15s', -15_000],
  ['+15s', 15_000],
  ['1ns', 1e-6],
])('%s is read as Go does', (text, milliseconds) => expect(parseGoDuration(text)).toBeCloseTo(milliseconds, 9))

test.each(['', '15', '3d', '1s 2s', 's', '1.2.3s', '0x1s', '1S'])('%j is not a duration', (text) =>
  expect(parseGoDuration(text)).toBeUndefined(),
)

test('the parts of a duration add up', () => {
  const amount = fc.nat(9_999)
  fc.assert(
    fc.property(amount, amount, amount, (hours, minutes, milliseconds) => {
      expect(parseGoDuration(`${hours}h${minutes}m${milliseconds}ms`)).toBe(hours * 3_600_000 + minutes * 60_000 + milliseconds)
    }),
  )
})
