import { filterNames, isFilter, type FilterName } from './filters.ts'
import { unknownMember } from './event-members.ts'

/** `a.b ?? c ?? "text" | mrkdwn`: the first of the sources that says something, changed by the filters. */
export interface Placeholder {
  readonly sources: readonly Source[]
  readonly filters: readonly FilterName[]
}

/** The members that lead to a value of the event, none for the event itself; or a text of the template's own. */
export type Source = { readonly path: readonly string[] } | { readonly text: string }

/** What is wrong with a placeholder, and how far into it. */
export interface PlaceholderFault {
  readonly at: number
  readonly problem: string
}

type Token = { readonly kind: 'path' | 'text' | '??' | '|'; readonly value: string; readonly at: number }

// Each alternative begins with another character, so there is one way to read a text.
const TOKEN = /\s*(?:(\?\?)|(\|)|("(?:[^"\\]|\\.)*")|(\.(?![\w"])|[A-Za-z_][\w-]*(?:\.[\w-]+)*))/y

/** Reads what stands between `{{` and `}}`. */
export function parsePlaceholder(inner: string): Placeholder | PlaceholderFault {
  const tokens = tokensOf(inner)
  if ('problem' in tokens) return tokens
  const sources: Source[] = []
  const filters: FilterName[] = []
  let expects: 'source' | 'filter' | 'operator' = 'source'
  for (const token of tokens) {
    if (expects === 'operator') {
      if (token.kind === '??' && filters.length === 0) expects = 'source'
      else if (token.kind === '|') expects = 'filter'
      else return { at: token.at, problem: "'??', '|' or the end is expected" }
      continue
    }
    const fault = expects === 'source' ? addSource(sources, token) : addFilter(filters, token)
    if (fault) return { at: token.at, problem: fault }
    expects = 'operator'
  }
  if (expects === 'operator') return { sources, filters }
  const at = inner.trimEnd().length
  if (tokens.length === 0) return { at, problem: 'there is nothing between the braces; give a member, such as target.id' }
  return { at, problem: expects === 'source' ? "a member or a text is missing behind '??'" : "a filter is missing behind '|'" }
}

function addSource(sources: Source[], { kind, value }: Token): string | undefined {
  if (kind === 'text') {
    try {
      return void sources.push({ text: JSON.parse(value) as string })
    } catch {
      return 'the text is not as JSON writes one'
    }
  }
  if (kind !== 'path') return 'a member is expected, such as target.id, or a text in double quotes'
  const path = value === '.' ? [] : value.split('.')
  sources.push({ path })
  return unknownMember(path)
}

function addFilter(filters: FilterName[], { kind, value }: Token): string | undefined {
  if (kind !== 'path' || !isFilter(value)) return `there is no filter '${value}'; there are ${filterNames.join(', ')}`
  filters.push(value)
  return undefined
}

function tokensOf(inner: string): readonly Token[] | PlaceholderFault {
  const tokens: Token[] = []
  const end = inner.trimEnd().length
  for (let from = 0; from < end; from = TOKEN.lastIndex) {
    TOKEN.lastIndex = from
    const match = TOKEN.exec(inner)
    if (!match) return { at: from + (inner.length - from - inner.slice(from).trimStart().length), problem: UNREADABLE }
    const [whole, fallback, pipe, text, path] = match
    const value = fallback ?? pipe ?? text ?? path!
    const kind = fallback ? '??' : pipe ? '|' : text ? 'text' : 'path'
    tokens.push({ kind, value, at: from + whole.length - value.length })
  }
  return tokens
}

const UNREADABLE = 'this cannot be read; there can be members such as target.id, texts in double quotes, ?? and |'
