import type { ParameterMark } from './redact-quoted.ts'

/**
 * A URL without its user and password, and without the parts of its query and hash that `markOf` marks. Unchanged if nothing is
 * marked.
 */
export function redactUrl(url: URL, markOf: ParameterMark): URL {
  const redacted = new URL(url)
  if (redacted.username || redacted.password) redacted.username = redacted.password = 'redacted'
  redacted.search = redactQuery(url.search, markOf)
  // OAuth returns tokens after the hash, written like a query.
  redacted.hash = redactQuery(url.hash, markOf)
  return redacted.href === url.href ? url : redacted
}

function redactQuery(query: string, markOf: ParameterMark): string {
  const parameters = new URLSearchParams(query.slice(1))
  const kept = new URLSearchParams()
  for (const [key, value] of parameters) {
    const mark = markOf(key)
    const shown = mark ? mark(value) : value
    // A secret may be there twice; one mark is enough.
    if (shown === 'redacted') kept.set(key, shown)
    else kept.append(key, shown)
  }
  return kept.toString() === parameters.toString() ? query : kept.toString()
}
