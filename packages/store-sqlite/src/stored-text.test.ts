import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readId, readText, storedId, storedText } from './stored-text.ts'

const texts = fc.string({ unit: 'binary' })
const halves = fc.array(fc.constantFrom('\0', '\u0001', '"', '\ud800', '\udc00', 'a', '\ufffd')).map((parts) => parts.join(''))

test('every text is read as it was stored, through UTF-8 and without NUL', () => {
  fc.assert(
    fc.property(fc.oneof(texts, halves), (text) => {
      const utf8 = Buffer.from(storedText(text)).toString()
      expect(utf8).not.toContain('\0')
      expect(readText(utf8)).toBe(text)
    }),
  )
})

test.each(['01a209cc-a110-70db-9df6-c2810db01bf8', '', 'x', '\0', '01A209CC-A110-70DB-9DF6-C2810DB01BF8', 'é'.repeat(10_000)])(
  'the id %j is read as it was stored',
  (id) => expect(readId(storedId(id))).toBe(id),
)

test('a UUID takes 16 bytes', () => {
  expect(storedId('01a209cc-a110-70db-9df6-c2810db01bf8')).toHaveLength(16)
})
