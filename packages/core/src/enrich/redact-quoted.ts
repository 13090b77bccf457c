/** Returns the replacement for the decoded value of a parameter; undefined if the value may stay. */
export type ParameterMark = (name: string) => ((value: string) => string) | undefined

/** A longer text is not a name. This limit keeps the look back from each colon short. */
const MAX_NAME = 64
const SPACE = new Set([' ', '\t', '\n', '\r'])
const QUOTES = new Set(['"', "'"])
const SCALAR_ENDS = new Set([...SPACE, ',', '}', ']', '"', "'", '\\'])
const NAME = /^[\p{L}\p{N}_$.[\] -]+$/u
const WORD = /[\p{L}\p{N}_$-]/u

/** A quote, and the backslashes before it: JSON in a string of JSON has `\"`. */
interface Quote {
  readonly mark: string
  readonly slashes: number
  readonly end: number
}

/**
 * Removes the values that follow the name of a secret in JSON, GraphQL or code: `{"password":"x"}`,
 * `login(password: "x")`. A value is found by its quotes; a number or a list only after a name in quotes. Each character is looked
 * at a fixed number of times.
 */
export function redactQuoted(text: string, markOf: ParameterMark): string {
  let kept = ''
  let from = 0
  for (let colon = text.indexOf(':'); colon >= 0; colon = text.indexOf(':', Math.max(from, colon + 1))) {
    const name = nameBefore(text, colon, from)
    const mark = name && markOf(name.text)
    if (!mark) continue
    const value = valueBehind(text, skipSpace(text, colon + 1), name.isQuoted)
    if (!value || value.end === value.start) continue
    kept += text.slice(from, value.start) + mark(text.slice(value.start, value.end))
    from = value.end
  }
  return from === 0 ? text : kept + text.slice(from)
}

function nameBefore(
  text: string,
  colon: number,
  from: number,
): { readonly text: string; readonly isQuoted: boolean } | undefined {
  let end = colon
  while (end > from && colon - end < MAX_NAME && SPACE.has(text[end - 1]!)) end--
  const quote = text[end - 1]
  const isQuoted = quote !== undefined && QUOTES.has(quote)
  if (isQuoted) while (end > from && (text[end - 1] === quote || text[end - 1] === '\\')) end--
  let start = end
  while (start > from && end - start <= MAX_NAME && (isQuoted ? text[start - 1] !== quote : WORD.test(text[start - 1]!))) start--
  const name = text.slice(start, end)
  return name !== '' && name.length <= MAX_NAME && NAME.test(name) ? { text: name, isQuoted } : undefined
}

function valueBehind(
  text: string,
  start: number,
  isNameQuoted: boolean,
): { readonly start: number; readonly end: number } | undefined {
  const quote = quoteAt(text, start)
  if (quote) return { start: quote.end, end: closing(text, quote) }
  if (!isNameQuoted) return undefined
  if (text[start] === '[') return { start: start + 1, end: endAt(text, start, ']') }
  let end = start
  while (end < text.length && !SCALAR_ENDS.has(text[end]!)) end++
  return /^-?\d/.test(text.slice(start, end)) ? { start, end } : undefined
}

function quoteAt(text: string, start: number): Quote | undefined {
  let end = start
  while (text[end] === '\\') end++
  const mark = text[end]
  return mark !== undefined && QUOTES.has(mark) ? { mark, slashes: end - start, end: end + 1 } : undefined
}

/** The end of a quoted value, before the backslashes of its last quote. If that is missing, the text was cut. */
function closing(text: string, { mark, slashes, end: start }: Quote): number {
  for (let at = text.indexOf(mark, start); at >= 0; at = text.indexOf(mark, at + 1)) {
    let first = at
    while (first > start && text[first - 1] === '\\') first--
    const count = at - first
    if (slashes === 0 ? count % 2 === 0 : count <= slashes) return first
  }
  return text.length
}

function endAt(text: string, start: number, character: string): number {
  const end = text.indexOf(character, start)
  return end < 0 ? text.length : end
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (at < text.length && at - start < MAX_NAME && SPACE.has(text[at]!)) at++
  return at
}
