import { METHODS } from 'node:http'
import { AuditError } from '../errors.ts'
import { nearest } from '../event/nearest.ts'
import { problemOfName } from './check-name.ts'
import { markRules, problemsOfOptions } from './check-options.ts'
import { isSafe } from './route-coverage.ts'

// In: `{ 'DELETE /flags/:key': 'flag:deleted' }`, for routes that cannot be edited. Out: the mark of a route's method and
// pattern. The keys are patterns, never paths, because a request can choose its path.

/** The written exemption of a route that is not audited. */
export interface Exemption {
  readonly exempt: string
}

/** The mark of a route: the event and, of type `O`, how to record it; or the reason why it is not audited. */
export type RouteMark<O> = ({ readonly name: string } & O) | Exemption

/**
 * `{ 'DELETE /flags/:key': 'flag:deleted', '* /login': { exempt: 'recorded by the identity provider' } }`; `*` is any unsafe
 * method.
 */
export type RouteTableOptions<O> = Readonly<Record<string, string | RouteMark<O>>>

export interface RouteTable<O> {
  find(method: string, pattern: string): RouteMark<O> | undefined
  /** The keys that `find` has not returned, after it was called for every route. */
  unused(): readonly string[]
}

/** Throws one `AUDIT_INVALID_OPTIONS` that lists all problems. */
export function parseRouteTable<O>(table: RouteTableOptions<O>, audit: object): RouteTable<O> {
  const marks = new Map<string, { readonly key: string; readonly mark: RouteMark<O> }>()
  const problems: string[] = []
  for (const [key, value] of Object.entries(table)) {
    const [, method = '', pattern = ''] = /^(\S+)\s+(\/\S*)$/.exec(key.trim()) ?? []
    const mark = (typeof value === 'string' ? { name: value } : value) as RouteMark<O>
    const route = routeKey(method.toUpperCase(), pattern)
    const problem =
      keyProblem(method, pattern) ?? markProblem(mark, audit) ?? (marks.has(route) ? 'is in the table twice.' : undefined)
    if (problem) problems.push(`routes['${key}']: ${problem}`)
    marks.set(route, { key, mark })
  }
  if (problems.length > 0) throw new AuditError('AUDIT_INVALID_OPTIONS', problems.join('\n'), { problems })

  const found = new Set<string>()
  return {
    find(method, pattern) {
      const upper = method.toUpperCase()
      const entry = marks.get(routeKey(upper, pattern)) ?? (isSafe(upper) ? undefined : marks.get(routeKey('*', pattern)))
      if (entry) found.add(entry.key)
      return entry?.mark
    },
    unused: () => [...marks.values()].map(({ key }) => key).filter((key) => !found.has(key)),
  }
}

/** Ignores a slash at the end. */
function routeKey(method: string, pattern: string): string {
  return `${method} ${pattern.replace(/\/+/g, '/').replace(/(.)\/$/, '$1')}`
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
