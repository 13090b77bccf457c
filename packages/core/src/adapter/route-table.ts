import { METHODS } from 'node:http'
import { AuditError } from '../errors.ts'
import { nearest } from '../event/nearest.ts'
import { problemOfName } from './event-names.ts'
import { markRules, problemsOfOptions } from './check-options.ts'
import { internalsOf } from './internals.ts'
import { isSafe } from './route-coverage.ts'
import { globTest, isGlob } from './route-glob.ts'

// In: `{ 'DELETE /flags/:key': 'flag:deleted' }`, for routes that cannot be edited. Out: the mark of a route's method and
// pattern. The keys are patterns, never paths, because a request can choose its path.

/** The written exemption of a route that is not audited. */
export interface Exemption {
  readonly exempt: string
}

/** The mark of a route: the event and, of type `O`, how to record it; or the reason why it is not audited. */
export type RouteMark<O> = ({ readonly name: string } & O) | Exemption

/**
 * `{ 'DELETE /flags/:key': 'flag:deleted', '* /login': { exempt: 'recorded by the identity provider' } }`. The method `*` is any
 * unsafe method. A wildcard, `'* /auth/*path'`, stands for each route that matches it and has no entry of its own.
 */
export type RouteTableOptions<O> = Readonly<Record<string, string | RouteMark<O>>>

export interface RouteTable<O> {
  /** Finds the mark of the route's own entry, or else of the first entry with a wildcard that matches. */
  find(method: string, pattern: string): RouteMark<O> | undefined
  /** Finds the mark of the route's own entry only, for routes that guard other routes. */
  findExact(method: string, pattern: string): RouteMark<O> | undefined
  /**
   * Throws `AUDIT_INVALID_OPTIONS` if several wildcards match one route and differ. To be called after `find` was called for
   * every route. `find` logs such a route, so that one that is added later is reported too.
   */
  check(): void
  /** The keys that `find` has not returned, after it was called for every route. */
  unused(): readonly string[]
}

/** Throws one `AUDIT_INVALID_OPTIONS` that lists all problems. */
export function parseRouteTable<O>(table: RouteTableOptions<O>, audit: object): RouteTable<O> {
  const marks = new Map<string, Entry<O>>()
  const globs: (Entry<O> & { readonly method: string; readonly matches: (pattern: string) => boolean })[] = []
  const problems: string[] = []
  for (const [key, value] of Object.entries(table)) {
    const [, method = '', pattern = ''] = /^(\S+)\s+(\/\S*)$/.exec(key.trim()) ?? []
    const mark = (typeof value === 'string' ? { name: value } : value) as RouteMark<O>
    const route = routeKey(method.toUpperCase(), pattern)
    const problem =
      keyProblem(method, pattern) ?? markProblem(mark, audit) ?? (marks.has(route) ? 'is in the table twice.' : undefined)
    if (problem) problems.push(`routes['${key}']: ${problem}`)
    marks.set(route, { key, mark })
    if (!problem && isGlob(pattern)) globs.push({ key, mark, method: method.toUpperCase(), matches: globTest(plain(pattern)) })
  }
  if (problems.length > 0) throw new AuditError('AUDIT_INVALID_OPTIONS', problems.join('\n'), { problems })

  const found = new Set<string>()
  const conflicts: string[] = []
  /** Keeps the result of each route, because every request needs it. */
  const results = new Map<string, RouteMark<O> | undefined>()

  function own(method: string, pattern: string): Entry<O> | undefined {
    const entry = marks.get(routeKey(method, pattern)) ?? (isSafe(method) ? undefined : marks.get(routeKey('*', pattern)))
    if (entry) found.add(entry.key)
    return entry
  }

  function lookUp(method: string, pattern: string): RouteMark<O> | undefined {
    const matching = globs.filter(
      (glob) => (glob.method === method || (glob.method === '*' && !isSafe(method))) && glob.matches(plain(pattern)),
    )
    for (const { key } of matching) found.add(key)
    const [first, ...others] = matching
    const entry = own(method, pattern) ?? first
    const rival = entry === first && others.find(({ mark }) => !isSame(mark, first!.mark))
    if (rival) {
      const problem = `routes: '${method} ${pattern}' matches '${first!.key}' and '${rival.key}', which differ. Give this route an entry of its own.`
      conflicts.push(problem)
      internalsOf(audit).reporter.error(problem, problem)
    }
    return entry?.mark
  }

  return {
    find(method, pattern) {
      const upper = method.toUpperCase()
      const route = routeKey(upper, pattern)
      if (!results.has(route)) results.set(route, lookUp(upper, pattern))
      return results.get(route)
    },
    findExact: (method, pattern) => own(method.toUpperCase(), pattern)?.mark,
    check() {
      if (conflicts.length > 0) throw new AuditError('AUDIT_INVALID_OPTIONS', conflicts.join('\n'), { problems: [...conflicts] })
    },
    unused: () => [...marks.values()].map(({ key }) => key).filter((key) => !found.has(key)),
  }
}

interface Entry<O> {
  readonly key: string
  readonly mark: RouteMark<O>
}

function isSame(one: object, other: object): boolean {
  const members = Object.entries(one)
  return members.length === Object.keys(other).length && members.every(([key, value]) => Reflect.get(other, key) === value)
}

function routeKey(method: string, pattern: string): string {
  return `${method} ${plain(pattern)}`
}

/** Ignores a slash at the end. */
function plain(pattern: string): string {
  return pattern.replace(/\/+/g, '/').replace(/(.)\/$/, '$1')
}

function keyProblem(method: string, pattern: string): string | undefined {
  if (method === '') return "is not a route. Write a method and the route's pattern, such as 'DELETE /flags/:key'."
  if (method === '*' || METHODS.includes(method.toUpperCase())) return undefined
  const meant = nearest(method, METHODS)
  return `'${method}' is not a method.${meant ? ` Did you mean '${meant} ${pattern}'?` : ''}`
}

function markProblem(mark: RouteMark<unknown>, audit: object): string | undefined {
  if (typeof mark !== 'object' || mark === null)
    return "is not an event. Write its name, { name, … } or { exempt: 'the reason' }."
  const [problem] = problemsOfOptions(mark, 'exempt' in mark ? { exempt: 'any' } : { name: 'any', ...markRules })
  if (problem) return problem
  if (!('exempt' in mark)) return problemOfName(audit, mark.name)
  const isReason = typeof mark.exempt === 'string' && mark.exempt.trim() !== ''
  return isReason ? undefined : 'exempt must be the reason, as text.'
}
