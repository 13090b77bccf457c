import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkedLength, checkedLine, closeLine, linesWithin, readChecked } from './checked-line.ts'

/** An object's text without its closing brace. */
const openTexts = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue(), { minKeys: 1 }).map((value) => {
  return JSON.stringify(value).slice(0, -1)
})
const withoutEnd = (line: Buffer) => line.subarray(0, -1)

describe('a checked line', () => {
  test('a checked line is the text, the crc32 of its bytes in hexadecimal digits as last member, and a line end', () => {
    expect(checkedLine('{"a":1').toString()).toBe('{"a":1,"crc":"a702fc6e"}\n')
    expect(crc32('{"a":1').toString(16)).toBe('a702fc6e')
  })

  test('a checked line keeps the leading zeros of its checksum', () => {
    const text = Array.from({ length: 50_000 }, (_, index) => `{"a":${index}`).find((candidate) => crc32(candidate) < 1 << 20)!
    const line = checkedLine(text)
    expect(line.toString()).toMatch(/"crc":"000[0-9a-f]{5}"}\n$/)
    expect(checkedLength(withoutEnd(line))).toBe(text.length)
  })

  test('a checked line is JSON, and reads back unchanged', () => {
    fc.assert(
      fc.property(openTexts, (text) => {
        const line = checkedLine(text)
        expect(line.indexOf('\n')).toBe(line.length - 1)
        expect(checkedLength(withoutEnd(line))).toBe(Buffer.byteLength(text))
        expect(readChecked(withoutEnd(line))).toEqual(JSON.parse(`${text}}`))
        const { crc, ...rest } = JSON.parse(line.toString()) as Record<string, unknown>
        expect(crc).toMatch(/^[0-9a-f]{8}$/)
        expect(Object.keys(rest).length).toBeGreaterThan(0)
      }),
    )
  })

  test('a checked line can be made in the middle of other bytes', () => {
    const bytes = Buffer.from(`before{"a":1${'.'.repeat(30)}`)
    const end = closeLine(bytes, 6, 12)
    expect(bytes.subarray(6, end)).toEqual(checkedLine('{"a":1'))
    expect(bytes.toString('utf8', 0, 6)).toBe('before')
    expect(bytes.toString('utf8', end)).toMatch(/^\.+$/)
  })
})

describe('a changed line is rejected', () => {
  const line = withoutEnd(checkedLine('{"payload":"über","sequence":41'))

  test('a line with any flipped bit is rejected', () => {
    for (let bit = 0; bit < line.length * 8; bit++) {
      const turned = Buffer.from(line)
      turned[bit >> 3]! ^= 1 << (bit & 7)
      expect(checkedLength(turned), `bit ${bit}`).toBeUndefined()
      expect(readChecked(turned), `bit ${bit}`).toBeUndefined()
    }
  })

  test('a line that is cut at either end, or is longer, is rejected', () => {
    for (let length = 0; length < line.length; length++) expect(checkedLength(line.subarray(0, length))).toBeUndefined()
    for (let start = 1; start <= line.length; start++) expect(checkedLength(line.subarray(start))).toBeUndefined()
    expect(checkedLength(Buffer.concat([line, Buffer.from(' ')]))).toBeUndefined()
    expect(checkedLength(Buffer.concat([line, Buffer.from('\r')]))).toBeUndefined()
  })

  test('a checksum in capital letters is rejected: it can be written in one way only', () => {
    const text = ['{"a":1', '{"a":2', '{"a":3'].find((candidate) => /[a-f]/.test(crc32(candidate).toString(16)))!
    const [head, digits] = withoutEnd(checkedLine(text)).toString().split('"crc":"') as [string, string]
    expect(checkedLength(Buffer.from(`${head}"crc":"${digits}`))).toBe(text.length)
    expect(checkedLength(Buffer.from(`${head}"crc":"${digits.toUpperCase()}`))).toBeUndefined()
  })

  test('a line with nothing before its checksum is rejected', () => {
    expect(checkedLength(Buffer.from(',"crc":"00000000"}'))).toBeUndefined()
    expect(checkedLength(Buffer.alloc(0))).toBeUndefined()
  })
})

describe('lines with a damaged line end', () => {
  test('lines are found, whatever byte replaces the line ends between them', () => {
    fc.assert(
      fc.property(fc.array(openTexts, { minLength: 1, maxLength: 5 }), fc.constantFrom('\u000b', ' ', 'J'), (texts, end) => {
        const lines = texts.map((text) => withoutEnd(checkedLine(text)))
        const run = Buffer.from(lines.map((line) => line.toString()).join(end))
        expect(linesWithin(run).map((line) => line.toString())).toEqual(lines.map((line) => line.toString()))
      }),
    )
  })

  test('only complete lines are found: a broken line hides no other', () => {
    const [first, second] = [withoutEnd(checkedLine('{"a":1')), withoutEnd(checkedLine('{"b":2'))]
    const broken = Buffer.from(first)
    broken[2]! ^= 1
    expect(linesWithin(broken)).toEqual([])
    expect(linesWithin(Buffer.concat([first, Buffer.from('x'), broken]))).toEqual([first])
    expect(linesWithin(Buffer.concat([first, Buffer.from('x'), second, Buffer.from('torn')]))).toEqual([first, second])
  })

  test('a line is found after text that looks like a checksum', () => {
    const line = withoutEnd(checkedLine('{"note":",\\"crc\\":\\"00000000\\"}","more":[",","crc"]'))
    expect(linesWithin(line)).toEqual([line])
  })
})
