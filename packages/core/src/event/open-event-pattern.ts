import { oneLine } from '../copy/escape.ts'
import { isExclusion, matcherOf, withoutBang, type EventFilter } from './event-pattern.ts'

// Compiles the patterns of a reader that has no catalog: any noun and verb may be in the trail.

const PART = /^(?:\*|[a-z][a-z0-9-]{0,63})$/
const SHOWN = 128

/** Returns the filter for a list of patterns, and the problems with them. */
export function openEventPatterns(patterns: unknown): { readonly filter: EventFilter; readonly problems: readonly string[] } {
  if (!Array.isArray(patterns)) return { filter: () => false, problems: ["events: give a list of patterns, such as ['flag:*']"] }
  const given: readonly unknown[] = patterns
  const problems = given.length > 0 ? given.flatMap(problemWith) : ['events: the list is empty; leave it out for everything']
  if (problems.length > 0) return { filter: () => false, problems }
  const texts = given as readonly string[]
  const excluded = texts.filter(isExclusion).map(matcherOf)
  const only = texts.filter((pattern) => !isExclusion(pattern)).map(matcherOf)
  const included = only.length > 0 ? only : [matcherOf('*:*')]
  return {
    filter: (event) => included.some((matches) => matches(event)) && !excluded.some((matches) => matches(event)),
    problems: [],
  }
}

function problemWith(pattern: unknown): readonly string[] {
  if (typeof pattern !== 'string') return [`events: ${typeof pattern} is not a pattern; write 'noun:verb'`]
  const parts = withoutBang(pattern).split(':')
  if (parts.length === 2 && parts.every((part) => PART.test(part))) return []
  const shown = `'${oneLine(pattern.slice(0, SHOWN))}'`
  if (parts.length === 1 && PART.test(parts[0]!)) return [`events: ${shown} has no verb; write '${pattern}:*' for all its verbs`]
  if (pattern !== pattern.trim()) return [`events: ${shown} has white space around it`]
  if (parts.length > 2) return [`events: ${shown} has ${parts.length} parts; a pattern is 'noun:verb'`]
  return [`events: ${shown} is not a pattern; use a-z, 0-9 and '-' in nouns and verbs, or '*'`]
}
