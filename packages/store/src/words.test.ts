import { sampleEvent } from '@audit/core/testing'
import { expect, test } from 'vitest'
import { hasWords, searchedWords, wordsOf } from './words.ts'

const event = sampleEvent({
  metadata: { actor: { authentication: 'oidc', id: 'u_1', email: 'ada@example.com', onBehalfOf: { id: 'u_9', name: 'Zoë' } } },
  target: { type: 'flag', id: 'dark-mode', name: 'Dark' },
  payload: { title: 'Über NAÏVE İstanbul Ⅷ', list: [{ deep: 'needle' }, 42, true], 'key-of-payload': 'x' },
})

test.each([
  'ada',
  'example',
  'u',
  '9',
  'zoe',
  'dark mode',
  'DARK-mode',
  'naïve',
  'naive',
  'uber',
  'istanbul',
  'viii',
  'needle',
  'nee*',
])('the search %j finds the event', (text) => {
  expect(searchedWords(text).length).toBeGreaterThan(0)
  expect(hasWords(wordsOf(event), searchedWords(text))).toBe(true)
})

test.each(['needl', 'dark light', 'payload', '42', 'true', 'ne*edle x', 'lovelace', 'flag:created x'])(
  'the search %j does not find it',
  (text) => {
    expect(hasWords(wordsOf(event), searchedWords(text))).toBe(false)
  },
)

test.each(['', '%', '* "', '\u0000', '\u{1f600}', '--'])('the text %j has no words', (text) => {
  expect(searchedWords(text)).toEqual([])
})

test('the words of an event are bounded, and a long word is found by its beginning or its whole', () => {
  const long = 'y'.repeat(100)
  const payload = { long, many: Array.from({ length: 5_000 }, (_, index) => `word${index}`), huge: 'z '.repeat(1e6) }
  const words = wordsOf(sampleEvent({ payload }))
  expect(words.join(' ').length).toBeLessThan(2_048 + 65)
  expect(hasWords(words, searchedWords(long))).toBe(true)
  expect(hasWords(words, searchedWords('yyy*'))).toBe(true)
  expect(hasWords(words, searchedWords('word1'))).toBe(true)
})

test('a long word is not cut inside of a character', () => {
  expect(wordsOf(sampleEvent({ payload: `a${'\u{10400}'.repeat(40)}` })).join('')).toMatch(
    /^(?:[^\ud800-\udfff]|[\ud800-\udbff][\udc00-\udfff])*$/,
  )
})
