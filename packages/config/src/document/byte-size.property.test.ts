import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatByteSize, parseByteSize } from './byte-size.ts'

test('a formatted size is parsed back', () => {
  const bytes = fc.oneof(
    fc.nat(),
    fc.tuple(fc.nat({ max: 1_000 }), fc.constantFrom(10, 20, 30, 40)).map(([count, shift]) => count * 2 ** shift),
  )
  fc.assert(fc.property(bytes, (size) => parseByteSize(formatByteSize(size)) === size))
})

test('a number of bytes is accepted as a number and as a text', () => {
  fc.assert(fc.property(fc.maxSafeNat(), (size) => parseByteSize(size) === size && parseByteSize(String(size)) === size))
})

test('any text is read as a whole number of bytes, or not at all', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\d.]{1,20} ?[kKMGT]?i?B?$/)), (text) => {
      const read = parseByteSize(text)
      return read === undefined || (Number.isSafeInteger(read) && read >= 0)
    }),
  )
})

test.each<[string | number, number | undefined]>([
  ['100MiB', 104_857_600],
  ['10MB', 10_000_000],
  ['10 MB', 10_000_000],
  ['1.5GiB', 1_610_612_736],
  ['1kB', 1_000],
  ['1KB', 1_000],
  ['1KiB', 1_024],
  ['1TiB', 2 ** 40],
  ['512B', 512],
  [512, 512],
  [1.5, undefined],
  [-1, undefined],
  ['1.5', undefined],
  ['10M', undefined],
  ['10mb', undefined],
  ['10Mb', undefined],
  ['10  MB', undefined],
  ['MB', undefined],
  ['', undefined],
  ['1e3', undefined],
  ['0x10', undefined],
  ['-1MB', undefined],
  ['1,000', undefined],
  [Infinity, undefined],
  ['9999999999TiB', undefined],
])('the size %j is parsed as %j', (text, bytes) => expect(parseByteSize(text)).toBe(bytes))
