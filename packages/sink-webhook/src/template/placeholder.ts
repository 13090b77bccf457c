import { nearest } from '@audit/core/internal'
import { unknownMember } from './event-members.ts'
import { json, limit, mrkdwn, type Filter } from './filters.ts'
import { TemplateError } from './template-error.ts'
import { membersOf, TokenReader, unquoted } from './token-reader.ts'

/** `a.b ?? c ?? "text" | limit 80 | mrkdwn`: the first source with a value, changed by the filters in their order. */
export interface Placeholder {
  readonly sources: readonly Source[]
  readonly filters: readonly Filter[]
}

/** The path to a value of the event, empty for the event itself; or a text in the template. */
export type Source = { readonly path: readonly string[] } | { readonly text: string }

const filterNames = ['mrkdwn', 'limit', 'json']
const MAX_LIMIT = 100_000

/** Reads the text between `{{` and `}}`. Throws a TemplateError. */
export function parsePlaceholder(text: string, from: number, end: number): Placeholder {
  const tokens = new TokenReader(text, from, end)
  if (!tokens.next) throw tokens.error('there is nothing between the braces; give a member, such as target.id')
  const sources = [parseSource(tokens)]
  while (tokens.take('??')) sources.push(parseSource(tokens))
  const filters = new Map<string, Filter>()
  while (tokens.take('|')) addFilter(filters, tokens)
  if (tokens.next) throw tokens.error(`${filters.size > 0 ? '' : "'??', "}'|' or the end is expected`)
  return { sources, filters: [...filters.values()] }
}

function parseSource(tokens: TokenReader): Source {
  const text = tokens.take('text')
  if (text) return { text: unquoted(text.value, tokens.text, text.at) }
  const token = tokens.take('path')
  if (!token) throw tokens.error('a member is expected, such as target.id, or a text in double quotes')
  const path = membersOf(token, tokens.text)
  const problem = unknownMember(path)
  if (problem !== undefined) throw new TemplateError(tokens.text, token.at, problem)
  return { path }
}

/** Allows each filter once: a second `json` escapes the escapes of the first, and thirty would fill the memory with backslashes. */
function addFilter(filters: Map<string, Filter>, tokens: TokenReader): void {
  const name = tokens.next?.kind === 'path' ? tokens.next.value : undefined
  if (name === undefined) throw tokens.error(`a filter is expected: ${filterNames.join(', ')}`)
  if (!filterNames.includes(name)) {
    const meant = nearest(name, filterNames)
    throw tokens.error(
      `there is no such filter; ${meant === undefined ? `there are ${filterNames.join(', ')}` : `did you mean '${meant}'?`}`,
    )
  }
  if (filters.has(name)) throw tokens.error(`'${name}' is used twice`)
  tokens.take('path')
  filters.set(name, name === 'limit' ? limit(parseLimit(tokens)) : name === 'json' ? json : mrkdwn)
}

function parseLimit(tokens: TokenReader): number {
  const units = tokens.next?.kind === 'number' ? Number(tokens.next.value) : 0
  if (units < 1 || units > MAX_LIMIT) throw tokens.error(`'limit' needs a number of characters, from 1 to ${MAX_LIMIT}`)
  tokens.take('number')
  return units
}
