import { expect, test } from 'vitest'
import { instantOf } from './instant.ts'

const now = Date.UTC(2026, 10, 23, 12)

test.each([
  ['30m', now - 1_800_000],
  ['1h', now - 3_600_000],
  ['7d', now - 604_800_000],
  ['90s', now - 90_000],
  ['2w', now - 1_209_600_000],
  ['2026-11-22', Date.UTC(2026, 10, 22)],
  ['2026-11-22T09:00Z', Date.UTC(2026, 10, 22, 9)],
  ['2026-11-22t09:00:00.5z', Date.UTC(2026, 10, 22, 9) + 500],
  ['2026-11-22 09:00:00+02:00', Date.UTC(2026, 10, 22, 7)],
  [new Date(41), 41],
])('%s is read as an instant', (given, instant) => expect(instantOf(given, now)).toBe(instant))

test.each(['', 'h', '1', '1y', '-1h', '2026-02-30', '2026-13-01', '2026-11-22T09:00', '2026-11-22T25:00Z', 'now', 41, null])(
  '%s is not an instant',
  (given) => expect(instantOf(given, now)).toBeUndefined(),
)
