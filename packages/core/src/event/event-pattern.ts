import { AuditError } from '../errors.ts'
import { nearest } from './nearest.ts'

/** The library's own events, of the reserved noun `audit`. */
export const systemActions = [
  'opened',
  'closed',
  'lost',
  'recovered',
  'released',
  'sealed',
  'key-rotated',
  'trimmed',
  'purged',
  'replayed',
  'refused',
  'suppressed',
] as const
export type SystemAction = (typeof systemActions)[number]

/** Returns true if an event is selected. */
export type EventFilter = (event: { readonly type: string; readonly action: string }) => boolean

const everything = '*:*'

/**
 * Returns what a `noun:verb` pattern selects, its `!` aside. The library's own events are selected by `*:*`, and by patterns that
 * name the noun `audit`.
 */
export function matcherOf(pattern: string): EventFilter {
  const text = withoutBang(pattern)
  const [noun, verb] = text.split(':')
  return ({ type, action }) =>
    (noun === type || (noun === '*' && (type !== 'audit' || text === everything))) && (verb === action || verb === '*')
}

/**
 * Compiles `noun:verb` patterns against the known events: `*` for either part, `!` to exclude. Exclusions always win; a list with
 * only exclusions starts from everything. Throws `AUDIT_INVALID_PATTERN`, listing every problem.
 */
export function compileEventPatterns(patterns: readonly string[], names: Iterable<string>): EventFilter {
  const vocabulary = new Vocabulary([...names, ...systemActions.map((action) => `audit:${action}`)])
  const problems: string[] = []
  if (patterns.length === 0) problems.push("the list is empty; leave 'events' out for everything, or remove the sink")

  const included = new Set<string>()
  const excluded = new Set<string>()
  const onlyExclusions = patterns.length > 0 && patterns.every(isExclusion)
  for (const pattern of onlyExclusions ? [everything, ...patterns] : patterns) {
    const problem = vocabulary.problemWith(pattern)
    const target = isExclusion(pattern) ? excluded : included
    if (problem) problems.push(problem)
    else for (const name of vocabulary.select(pattern)) target.add(name)
  }
  const selected = new Set([...included].filter((name) => !excluded.has(name)))
  if (problems.length === 0 && selected.size === 0) problems.push('together they select no event at all')
  if (problems.length > 0) throw new AuditError('AUDIT_INVALID_PATTERN', `The event patterns are wrong: ${problems.join('; ')}.`)
  return (event) => selected.has(`${event.type}:${event.action}`)
}

class Vocabulary {
  readonly #names: readonly string[]
  readonly #nouns: ReadonlySet<string>
  readonly #verbs: ReadonlySet<string>

  constructor(names: readonly string[]) {
    this.#names = names
    this.#nouns = new Set(names.map((name) => name.split(':')[0]!))
    this.#verbs = new Set(names.map((name) => name.split(':')[1]!))
  }

  select(pattern: string): string[] {
    const matches = matcherOf(pattern)
    return this.#names.filter((name) => {
      const [type, action] = name.split(':') as [string, string]
      return matches({ type, action })
    })
  }

  /** Describes a mistake in a pattern, with the pattern that was probably meant. */
  problemWith(pattern: unknown): string | undefined {
    if (typeof pattern !== 'string') return `${typeof pattern} is not a pattern; write 'noun:verb'`
    const shown = `'${printable(pattern)}'`
    if (pattern !== pattern.trim()) return `${shown} has white space around it; write '${printable(pattern.trim())}'`
    const parts = withoutBang(pattern).split(':')
    if (parts.length === 1)
      return `${shown} has no verb; write '${this.#near(parts[0]!, this.#nouns) ?? 'noun'}:*' for all its verbs`
    if (parts.length > 2) return `${shown} has ${parts.length} parts; write '${printable(parts.slice(0, 2).join(':'))}'`
    const [noun, verb] = parts as [string, string]
    if (noun !== '*' && !this.#nouns.has(noun))
      return `${shown}: there is no noun '${printable(noun)}'${this.#meant(noun, this.#nouns)}`
    if (verb !== '*' && !this.#verbs.has(verb))
      return `${shown}: there is no verb '${printable(verb)}'${this.#meant(verb, this.#verbs)}`
    if (this.select(`${noun}:${verb}`).length === 0) return `${shown}: '${noun}' has no verb '${verb}'${this.#verbsOf(noun)}`
    return undefined
  }

  #near(word: string, known: ReadonlySet<string>): string | undefined {
    return known.has(word) ? word : nearest(word, known)
  }

  #meant(word: string, known: ReadonlySet<string>): string {
    const meant = nearest(word, known)
    return meant === undefined
      ? `; known are ${[...known].filter((name) => name !== 'audit').join(', ')}`
      : `; did you mean '${meant}'?`
  }

  #verbsOf(noun: string): string {
    const verbs = this.#names.filter((name) => name.startsWith(`${noun}:`)).map((name) => name.slice(noun.length + 1))
    return verbs.length > 0 ? `; it has ${verbs.join(', ')}` : ''
  }
}

/** True for a pattern that begins with `!`. */
export function isExclusion(pattern: unknown): boolean {
  return typeof pattern === 'string' && pattern.startsWith('!')
}

/** Returns the pattern without its `!`. */
export function withoutBang(pattern: string): string {
  return isExclusion(pattern) ? pattern.slice(1) : pattern
}

/** Keeps the typo of an operator readable, and hostile text harmless. */
function printable(text: string): string {
  return JSON.stringify(text.slice(0, 128)).slice(1, -1)
}
