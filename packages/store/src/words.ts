import type { AuditEvent } from '@audit/core/sink'

// The words by which a text search finds an event. They are made here, and not by a database, so that every store finds the same.

/** A bound of the index: 2 KiB of words for each event, 64 characters for each word. */
const MAX_TEXT = 2_048
const MAX_WORD = 64
/** Looks no further into one text: the words of a document are not worth the time of every write. */
const MAX_LOOK = 4_096
const MAX_DEPTH = 64

const WORD = /[\p{L}\p{N}]+/gu

/** A word of a search. `isPrefix`: words that begin with it match too. */
export interface SearchedWord {
  readonly word: string
  readonly isPrefix: boolean
}

/** Returns the words of actor, target and the texts of the payload, each once: letters and digits, without accents, in lower case. */
export function wordsOf({ metadata, target, payload }: AuditEvent): readonly string[] {
  const words = new Words()
  const { actor } = metadata
  for (const text of [actor?.id, actor?.email, actor?.name]) words.add(text)
  const { onBehalfOf } = actor ?? {}
  for (const text of [onBehalfOf?.id, onBehalfOf?.email, onBehalfOf?.name]) words.add(text)
  for (const text of [target?.type, target?.id, target?.name]) words.add(text)
  words.addAll(payload, 0)
  return words.all
}

/** Returns the words of a search text. `flip*` searches for words that begin with `flip`. */
export function searchedWords(text: string): readonly SearchedWord[] {
  const found = [...plain(text).matchAll(/([\p{L}\p{N}]+)(\*?)/gu)]
  const words = found.map(([, word, star]) => ({ word: cut(word!), isPrefix: star === '*' }))
  return words.filter(({ word, isPrefix }, index) => {
    const first = words.findIndex((other) => other.word === word && other.isPrefix === isPrefix)
    return first === index
  })
}

/** True if the words of an event have all words of a search. */
export function hasWords(words: readonly string[], searched: readonly SearchedWord[]): boolean {
  return searched.every(({ word, isPrefix }) => words.some((each) => (isPrefix ? each.startsWith(word) : each === word)))
}

class Words {
  readonly #words = new Set<string>()
  #length = 0

  get all(): readonly string[] {
    return [...this.#words]
  }

  add(text: unknown): void {
    if (typeof text !== 'string') return
    for (const [found] of plain(text.slice(0, MAX_LOOK)).matchAll(WORD)) {
      if (this.#length >= MAX_TEXT) return
      const word = cut(found)
      if (this.#words.has(word)) continue
      this.#words.add(word)
      this.#length += word.length + 1
    }
  }

  addAll(value: unknown, depth: number): void {
    if (this.#length >= MAX_TEXT || depth > MAX_DEPTH) return
    if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) this.addAll(member, depth + 1)
    else this.add(value)
  }
}

const BEYOND_ASCII = /[^\p{ASCII}]/u

/** Capital letters, accents and the several ways to write one character make no difference. */
function plain(text: string): string {
  const bare = BEYOND_ASCII.test(text) ? text.normalize('NFKD').replaceAll(/\p{M}+/gu, '') : text
  return bare.toLowerCase()
}

/** Never between the halves of a surrogate pair. */
function cut(word: string): string {
  if (word.length <= MAX_WORD) return word
  return /[\uD800-\uDBFF]/.test(word[MAX_WORD - 1]!) ? word.slice(0, MAX_WORD - 1) : word.slice(0, MAX_WORD)
}
