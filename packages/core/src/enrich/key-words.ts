import { vocabulary } from './secret-words.ts'

/** A longer word is not made of names: it is a hash or text. */
const MAX_JOINED = 40
const MAX_PIECE = 14
const ASCII = /^[\x20-\x7e]*$/
const CAMEL = /([a-z\d])([A-Z])|([A-Z])(?=[A-Z][a-z])/g
const BETWEEN_WORDS = /[^\p{L}\p{N}]+/u
const PIECES = /\d+|\D+/g
const DIGITS = /^\d+$/

/**
 * The words of a key, in lower case: `newPassword2`, `new_password`, `user[newPassword]` and `NEWPASSWORD` have the word
 * `password`. Digits are left out. Accents, full-width and zero-width characters do not hide a word.
 */
export function keyWords(key: string): readonly string[] {
  const plain = ASCII.test(key) ? key : unaccented(key)
  const parts = plain
    .replace(CAMEL, (_, before: string | undefined, after: string | undefined, last: string) =>
      before === undefined ? `${last} ` : `${before} ${after}`,
    )
    .toLowerCase()
    .replaceAll('2fa', 'mfa')
    .split(BETWEEN_WORDS)
  const words: string[] = []
  for (const part of parts) {
    for (const word of part.match(PIECES) ?? []) if (!DIGITS.test(word)) pushWords(words, word)
  }
  const isSpelt = words.length > 3 && words.every((word) => word.length === 1)
  return isSpelt ? [words.join('')] : words
}

/** The same key as a look-alike in Latin letters, if it is not already: a Cyrillic а does not hide `pаssword`. */
export function inLatin(key: string): string {
  return key.replace(/[^\x20-\x7e]/g, (character) => LOOKALIKES[character] ?? character)
}

function unaccented(key: string): string {
  return key
    .normalize('NFKD')
    .replace(/[\u0300-\u036f\p{Cf}]/gu, '')
    .replaceAll('ł', 'l')
    .replaceAll('ı', 'i')
    .normalize('NFC')
}

/** A word without boundaries is taken apart if it is made of known words alone. */
function pushWords(words: string[], word: string): void {
  const isJoined = word.length > 4 && word.length <= MAX_JOINED && !vocabulary.has(word)
  const pieces = isJoined ? piecesOf(word) : undefined
  if (pieces) words.push(...pieces)
  else words.push(word)
}

/** Splits a word into known words, the longest first. A position from which no split reaches the end is tried only once. */
function piecesOf(word: string): readonly string[] | undefined {
  const deadEnds = new Set<number>()
  const pieces: string[] = []
  return leadsToEnd(0) ? pieces : undefined

  function leadsToEnd(start: number): boolean {
    if (start === word.length) return true
    if (deadEnds.has(start)) return false
    for (let end = Math.min(word.length, start + MAX_PIECE); end > start + 1; end--) {
      const piece = word.slice(start, end)
      if (!vocabulary.has(piece)) continue
      pieces.push(piece)
      if (leadsToEnd(end)) return true
      pieces.pop()
    }
    deadEnds.add(start)
    return false
  }
}

const LOOKALIKES: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'аa',
    'еe',
    'оo',
    'рp',
    'сc',
    'хx',
    'уy',
    'кk',
    'іi',
    'ѕs',
    'ԁd',
    'јj',
    'һh',
    'тt',
    'мm',
    'нh',
    'ѡw',
    'οo',
    'αa',
    'ρp',
    'νv',
    'ιi',
    'κk',
    'τt',
  ].map(
    // prettier-ignore
    ([lookalike, latin]) => [lookalike, latin],
  ),
)
