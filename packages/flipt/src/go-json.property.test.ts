import fc from 'fast-check'
import { expect, test } from 'vitest'
import { goJson } from './go-json.ts'

test('members are sorted by name at every depth, also names that are numbers', () => {
  const value = JSON.parse('{"b":[{"z":1,"10":2,"9":3}],"B":null,"":0,"a":true,"ab":"x","a!":1.5}') as unknown
  expect(goJson(value)).toBe('{"":0,"B":null,"a":true,"a!":1.5,"ab":"x","b":[{"10":2,"9":3,"z":1}]}')
})

test('names with characters above U+FFFF come last, as in UTF-8, although JavaScript sorts them before U+FFFD', () => {
  expect(goJson({ '\ufffd': 1, '\u{1f600}': 2, a: 3 })).toBe('{"a":3,"\ufffd":1,"\u{1f600}":2}')
})

test('any value is encoded as equivalent JSON, with members sorted by their bytes', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const json = JSON.parse(JSON.stringify(value)) as unknown
      expect(JSON.parse(goJson(json))).toEqual(json)
    }),
  )
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ unit: 'grapheme' })), (names) => {
      const ordered = names.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
      const json = `{${ordered.map((name) => `${JSON.stringify(name)}:0`).join(',')}}`
      expect(goJson(Object.fromEntries(names.map((name) => [name, 0])))).toBe(json)
    }),
  )
})
