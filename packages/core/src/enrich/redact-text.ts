import { redactQuoted, type ParameterMark } from './redact-quoted.ts'

/** A longer text is not a name. This limit keeps the look back from each `=` short. */
const MAX_NAME = 64
/** The end of a URL in text: white space, quotes, and brackets that do not belong to a URL. */
const ENDS = new Set([' ', '\t', '\n', '\r', '"', "'", '`', '<', '>', '\\', '|', '{', '}'])
const AUTHORITY_ENDS = new Set([...ENDS, '/', '?', '#'])
const VALUE_ENDS = new Set([...ENDS, '&', '#'])
/** Ends of a value in `Server=db;Password=…`. */
const SETTING_ENDS = new Set([...VALUE_ENDS, ';'])
/** A longer user and password are not credentials. */
const MAX_USER = 512
/** Well-known names of accounts. The key that opens them is elsewhere. */
const HAS_QUOTE = /["']/
const OPEN_USERS = new Set(['git', 'hg', 'svn', 'anonymous'])

/**
 * Removes credentials from the URLs in a text, from queries, and from JSON and GraphQL: `postgres://app:pw@db`, `/login?token=…`,
 * `{"password":"…"}`. Each character is looked at a fixed number of times. The rest of the text is not searched.
 */
export function redactText(text: string, markOf: ParameterMark): string {
  const withoutUsers = text.includes('@') && text.includes('://') ? redactUsers(text) : text
  const withoutQuoted =
    withoutUsers.includes(':') && HAS_QUOTE.test(withoutUsers) ? redactQuoted(withoutUsers, markOf) : withoutUsers
  return withoutQuoted.includes('=') ? redactParameters(withoutQuoted, markOf) : withoutQuoted
}

function redactUsers(text: string): string {
  let kept = ''
  let from = 0
  for (let found = text.indexOf('://'); found >= 0; found = text.indexOf('://', from)) {
    const start = found + 3
    const at = endOfUser(text, start)
    const user = at < 0 ? '' : text.slice(start, at)
    kept += text.slice(from, start)
    from = start
    if (user === '' || OPEN_USERS.has(user)) continue
    kept += user.includes(':') ? 'redacted:redacted' : 'redacted'
    from = at
  }
  return kept + text.slice(from)
}

/** Position of the `@` of `user:password@host`, or -1. A password may contain a `/` that should have been escaped. */
function endOfUser(text: string, start: number): number {
  const end = endOf(text, start, AUTHORITY_ENDS)
  const authority = text.slice(start, end)
  const at = authority.lastIndexOf('@')
  if (at >= 0) return start + at
  const colon = authority.indexOf(':')
  // Digits after the colon are a port.
  if (colon < 0 || /^\d{0,5}$/.test(authority.slice(colon + 1))) return -1
  const far = text.slice(end, start + MAX_USER).indexOf('@')
  return far >= 0 && end + far < endOf(text.slice(0, start + MAX_USER), end, ENDS) ? end + far : -1
}

function redactParameters(text: string, markOf: ParameterMark): string {
  let kept = ''
  let from = 0
  for (let equals = text.indexOf('='); equals >= 0; equals = text.indexOf('=', equals + 1)) {
    const start = startOfName(text, equals, from)
    const mark = start < 0 || start === equals ? undefined : markOf(decoded(text.slice(start, equals)))
    if (mark === undefined) continue
    const isSetting = start === 0 || text[start - 1] === ';'
    const end = endOf(text, equals + 1, isSetting ? SETTING_ENDS : VALUE_ENDS)
    if (end === equals + 1) continue
    kept += text.slice(from, equals + 1) + mark(decoded(text.slice(equals + 1, end).replaceAll('+', ' ')))
    from = end
    equals = end - 1
  }
  return from === 0 ? text : kept + text.slice(from)
}

/** Start of the name before `=`: after `?`, `&`, `#` or `;`, or at the start of the text. -1 if it is not a parameter. */
function startOfName(text: string, equals: number, from: number): number {
  for (let index = equals - 1; index >= from; index--) {
    const character = text[index]!
    if (character === '?' || character === '&' || character === '#' || character === ';') return index + 1
    if (character === '=' || ENDS.has(character) || equals - index > MAX_NAME) return -1
  }
  return from === 0 ? 0 : -1
}

function endOf(text: string, start: number, ends: ReadonlySet<string>): number {
  let end = start
  while (end < text.length && !ends.has(text[end]!)) end++
  return end
}

function decoded(part: string): string {
  if (!part.includes('%')) return part
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
