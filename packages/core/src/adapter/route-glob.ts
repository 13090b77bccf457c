/** `{*name}`, `*name`, `*` as Fastify writes it, `(.*)` and `:name(.*)`: each stands for the rest of a pattern. */
const WILDCARD = /\{(\/?)\*\w+\}|(?<!\w)\*\w*|(?::\w+)?\(\.\*\)/

/** True if a pattern of the table stands for several routes. */
export function isGlob(pattern: string): boolean {
  return WILDCARD.test(pattern)
}

/**
 * Returns a function that tests if the pattern of a route matches a glob. Patterns are compared as text, because each router has
 * its own rules for paths: only the wildcards stand for other text. `*name` and `*` stand for at least one character, as in
 * path-to-regexp 8; `{/*name}` and `(.*)` may be empty.
 */
export function globTest(glob: string): (pattern: string) => boolean {
  const source = glob.replace(new RegExp(`${WILDCARD.source}|[^\\w/]`, 'g'), (text: string, slash?: string) => {
    if (slash !== undefined) return `(?:${slash}.+)?`
    if (text.endsWith('(.*)')) return '.*'
    return text.startsWith('*') ? '.+' : `\\${text}`
  })
  const expression = new RegExp(`^${source}$`, 's')
  // Express gives a route with several paths as one pattern: each of them must match.
  return (pattern) => pattern.split(', ').every((path) => expression.test(path))
}
