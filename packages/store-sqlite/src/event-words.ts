import { createHash } from 'node:crypto'
import type { SearchedWord } from '@audit/store/internal'

// Words of the full-text index. They are letters and digits, so no text of a user can be a part of the query language.

/** A private character begins the word of a tenant: no word of a text has it. */
const MARK = '\uE000'

/** Returns the text that the index gets. With the tenant as a word, a search in one tenant does not look at those of others. */
export function indexedText(words: readonly string[], tenant: string | undefined): string {
  return tenant === undefined ? words.join(' ') : [tenantWord(tenant), ...words].join(' ')
}

/** Returns the query for all words, in any of the tenants. */
export function wordQuery(words: readonly SearchedWord[], tenants: readonly string[] | 'all'): string {
  const all = words.map(({ word, isPrefix }) => `"${word}"${isPrefix ? '*' : ''}`)
  const any = tenants === 'all' ? [] : [`(${tenants.map((tenant) => `"${tenantWord(tenant)}"`).join(' OR ')})`]
  return [...any, ...all].join(' AND ')
}

function tenantWord(tenant: string): string {
  return MARK + createHash('sha256').update(JSON.stringify(tenant)).digest('hex').slice(0, 16)
}
