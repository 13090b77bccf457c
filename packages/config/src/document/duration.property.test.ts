import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDuration, parseDuration } from './duration.ts'

test('a formatted duration is parsed back', () => {
  fc.assert(fc.property(fc.nat({ max: 2 ** 40 }), (milliseconds) => parseDuration(formatDuration(milliseconds)) === milliseconds))
})

test('the parts of a duration are added up, in any order, with fractions', () => {
  const part = fc.record({ amount: fc.nat({ max: 1_000 }), unit: fc.constantFrom('ms', 's', 'm', 'h', 'd') })
  const lengths = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
      const text = parts.map(({ amount, unit }) => `${amount}${unit}`).join('')
      expect(parseDuration(text)).toBe(
        parts.reduce((sum, { amount, unit }) => sum + amount * lengths[unit as keyof typeof lengths], 0),
      )
    }),
  )
})

test('any text is read as a whole number of milliseconds, or not at all', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\d.]{1,20}[msh]{0,2}$/)), (text) => {
      const read = parseDuration(text)
      return read === undefined || (Number.isSafeInteger(read) && read >= 0)
    }),
  )
})

test.each<[string | number, number | undefined]>([
  ['15s', 15_000],
  ['2m', 120_000],
  ['500ms', 500],
  ['1h30m', 5_400_000],
  ['1h30m15.5s', 5_415_500],
  ['1.5h', 5_400_000],
  ['7d', 604_800_000],
  ['0.4ms', 0],
  ['0', 0],
  [0, 0],
  ['0s', 0],
  [15, undefined],
  ['15', undefined],
  ['', undefined],
  ['s', undefined],
  ['15 s', undefined],
  ['15S', undefined],
  ['-1s', undefined],
  ['+1s', undefined],
  ['1s ', undefined],
  ['1e3s', undefined],
  ['1.s', undefined],
  ['.5s', undefined],
  ['15sec', undefined],
  ['1h 30m', undefined],
  ['1us', undefined],
  ['1w', undefined],
  ['١s', undefined],
  ['99999999999999999d', undefined],
])('the duration %j is parsed as %j', (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds))
