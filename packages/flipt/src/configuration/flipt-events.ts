import { advice } from '@audit/core/internal'
import type { ConfigNode, ListNode, Problems } from './config-tree.ts'
import type { FliptValues } from './flipt-values.ts'

const nouns = ['constraint', 'distribution', 'flag', 'namespace', 'rollout', 'rule', 'segment', 'token', 'variant']
const verbs = ['created', 'deleted', 'updated']
const PATH = 'audit.events'

/**
 * Reads the patterns of `audit.events` by Flipt's rules: its nouns and verbs, `*` for a whole part, and no event selected twice.
 * System events are left out, because readers of Flipt's events do not know them.
 */
export function fliptEvents(values: FliptValues, problems: Problems): ListNode {
  const given = values.at(PATH)
  const origin = values.origin(PATH)
  const patterns = given === undefined ? ['*:*'] : patternsOf(given, values)
  const selected = new Set<string>()
  for (const [index, pattern] of patterns.entries()) {
    const problem = problemWith(pattern, selected)
    const item = given?.kind === 'list' ? given.items[index] : undefined
    if (problem) problems.add(item?.origin ?? origin, problem)
  }
  const items = [...patterns, '!audit:*'].map((value) => ({ kind: 'scalar', value, origin }) as const)
  return { kind: 'list', items, origin }
}

/** A single text, from the file or a variable, is split at white space. */
function patternsOf(given: ConfigNode, values: FliptValues): readonly string[] {
  const texts = given.kind === 'list' ? given.items.map((item) => (item.kind === 'scalar' ? String(item.value) : '')) : undefined
  const patterns =
    texts ??
    String(given.kind === 'scalar' ? given.value : '')
      .split(/\s+/)
      .filter((part) => part !== '')
  if (patterns.length === 0) values.problem(PATH, "give patterns, such as '*:*', or leave it out for all events")
  return patterns
}

function problemWith(pattern: string, selected: Set<string>): string | undefined {
  const [noun = '', verb, ...rest] = pattern.split(':')
  if (verb === undefined) return "give a pattern 'noun:verb', such as 'flag:created', 'flag:*' or '*:*'"
  // Flipt ignores the rest after the verb, but its author meant something by it.
  if (rest.length > 0) return "give 'noun:verb'; Flipt ignores the parts after it"
  if (noun !== '*' && !nouns.includes(noun)) return `Flipt has no such noun${advice(noun, nouns)}`
  if (verb !== '*' && !verbs.includes(verb)) return `Flipt has no such verb${advice(verb, verbs)}`
  for (const name of nouns.filter((known) => noun === '*' || noun === known)) {
    for (const action of verbs.filter((known) => verb === '*' || verb === known)) {
      const pair = `${name}:${action}`
      if (selected.has(pair)) return `it selects ${pair}, which an earlier pattern also selects; Flipt does not start with that`
      selected.add(pair)
    }
  }
  return undefined
}
