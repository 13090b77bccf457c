import { createHash } from 'node:crypto'
import { nearest } from '@audit/core/internal'
import {
  AuditError,
  compileTrailFilter,
  type AuditEvent,
  type CompiledTrailFilter,
  type Status,
  type TrailFilter,
} from '@audit/core/sink'
import type { EventColumns } from './event-columns.ts'
import { payloadTest, type PayloadFilter } from './payload-filter.ts'
import { tenantsOf, type Scope } from './scope.ts'
import { searchedWords, type SearchedWord } from './words.ts'

/** Selects events of a store. A member that is left out selects all; an unknown member is an error. */
export interface StoreFilter extends TrailFilter {
  /** Words, all of them, in actor, target and the texts of the payload. `flip*` is the beginning of a word. */
  readonly text?: string
  readonly statuses?: readonly Status[]
  /** The address of the request, else of the actor. */
  readonly ip?: string
  readonly correlation?: string
  /** The id of the request. */
  readonly request?: string
  /** The log: service, host and the id of the log. */
  readonly source?: string
  /** The id of the account that the actor used. */
  readonly onBehalfOf?: string
  /** Values of the payload, by JSON pointer: `{ '/flag/enabled': true }`. */
  readonly payload?: PayloadFilter
}

/** A filter within a scope, ready for use. */
export interface StoreSelection {
  /** The tenants whose events are selected; `'all'` includes events without a tenant. */
  readonly tenants: readonly string[] | 'all'
  readonly period: Period
  /** True if only some event names are selected by name, so that a store can begin with them. */
  readonly hasNames: boolean
  readonly actor: string | undefined
  readonly target: { readonly type: string; readonly id: string } | undefined
  readonly statuses: readonly Status[] | undefined
  readonly ip: string | undefined
  readonly correlation: string | undefined
  readonly request: string | undefined
  readonly source: string | undefined
  readonly onBehalfOf: string | undefined
  readonly words: readonly SearchedWord[]
  readonly payload: ((event: AuditEvent) => boolean) | undefined
  /** Identifies filter and scope; page tokens are bound to it. */
  readonly key: string
  selectsName(name: string): boolean
  /** Tells if an event is selected, apart from its time, words and payload. */
  selectsColumns(columns: EventColumns): boolean
}

/** Bounds of time, in milliseconds since 1970. The tokens of a page keep them: `1h` must not be another hour on the next page. */
export interface Period {
  /** -Infinity if there is no bound. */
  readonly since: number
  /** Exclusive; Infinity if there is no bound. */
  readonly until: number
}

const MAX_TEXT = 1_000
const MAX_VALUE = 16_384
const MAX_WORDS = 20
const allStatuses: readonly string[] = ['attempted', 'success', 'failure', 'denied'] satisfies readonly Status[]

const members: { readonly [name in keyof Required<StoreFilter>]: true } = {
  events: true,
  actor: true,
  target: true,
  tenant: true,
  since: true,
  until: true,
  text: true,
  statuses: true,
  ip: true,
  correlation: true,
  request: true,
  source: true,
  onBehalfOf: true,
  payload: true,
}

/**
 * Checks a filter and returns its selection within the scope. Throws `AUDIT_INVALID_OPTIONS` that lists all problems,
 * `AUDIT_INVALID_PATTERN` if only patterns are wrong.
 */
export function selectionOf(filter: StoreFilter, scope: Scope, now: number): StoreSelection {
  const allowed = tenantsOf(scope)
  const checks = new FilterChecks(filter)
  const trail = checks.trail(now)
  const [ip, correlation, request] = [checks.text('ip'), checks.text('correlation'), checks.text('request')]
  const [source, onBehalfOf] = [checks.text('source'), checks.text('onBehalfOf')]
  const statuses = checks.statuses()
  const words = checks.words()
  const payload = checks.payload()
  checks.throwIfAny()
  const { actor, target, tenant, since = -Infinity, until = Infinity } = trail
  const tenants = tenant === undefined ? allowed : allowed === 'all' || allowed.includes(tenant) ? [tenant] : []
  const email = actor?.toLowerCase()
  const seen = tenants === 'all' ? undefined : new Set(tenants)
  const names = new Map<string, boolean>()
  const selectsName = (name: string): boolean => {
    const known = names.get(name)
    if (known !== undefined) return known
    const [type, action] = name.split(':') as [string, string]
    const selects = trail.events({ type, action })
    // Names come from a catalog, but the lines of a store may come from anyone.
    if (names.size < 10_000) names.set(name, selects)
    return selects
  }
  return {
    tenants,
    period: { since, until },
    hasNames: (filter.events ?? []).some((pattern) => !pattern.startsWith('!') && pattern !== '*:*'),
    actor,
    target,
    statuses,
    ip,
    correlation,
    request,
    source,
    onBehalfOf,
    words,
    payload,
    key: keyOf(filter, target, allowed),
    selectsName,
    selectsColumns: (columns) =>
      (seen === undefined || (columns.tenant !== undefined && seen.has(columns.tenant))) &&
      (actor === undefined || columns.actor === actor || columns.email === email) &&
      (target === undefined || (columns.targetType === target.type && columns.targetId === target.id)) &&
      (statuses === undefined || statuses.includes(columns.status)) &&
      (ip === undefined || columns.ip === ip) &&
      (correlation === undefined || columns.correlation === correlation) &&
      (request === undefined || columns.request === request) &&
      (source === undefined || columns.source === source) &&
      (onBehalfOf === undefined || columns.onBehalfOf === onBehalfOf) &&
      selectsName(columns.name),
  }
}

/** The same filter has the same key, also with other spellings of its target and another order of its members. */
function keyOf(filter: StoreFilter, target: StoreSelection['target'], allowed: readonly string[] | 'all'): string {
  const parts = Object.entries({ ...filter, ...(target && { target: [target.type, target.id] }) })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, name === 'payload' ? Object.entries(value as object).toSorted(byName) : value] as const)
    .toSorted(byName)
  return createHash('sha256')
    .update(JSON.stringify([parts, allowed]))
    .digest('base64url')
    .slice(0, 22)
}

function byName(left: readonly [string, unknown], right: readonly [string, unknown]): number {
  return left[0] < right[0] ? -1 : left[0] > right[0] ? 1 : 0
}

class FilterChecks {
  readonly #problems: string[] = []
  readonly #filter: StoreFilter
  /** True if all problems so far are wrong patterns. */
  #onlyPatterns = true

  constructor(filter: StoreFilter) {
    const isObject = typeof filter === 'object' && filter !== null && !Array.isArray(filter)
    this.#filter = isObject ? filter : {}
    if (!isObject) this.#add("filter: give an object, such as { actor: 'u_1' }")
    for (const name of Object.keys(this.#filter)) {
      if (Object.hasOwn(members, name)) continue
      const meant = nearest(name, Object.keys(members))
      this.#add(`${shown(name)}: there is no such member${meant === undefined ? '' : `; did you mean '${meant}'?`}`)
    }
  }

  /** The members that filters of a trail have too. */
  trail(now: number): CompiledTrailFilter {
    try {
      return compileTrailFilter(this.#filter, now)
    } catch (error) {
      if (!AuditError.isInstance(error) || !error.problems) throw error
      this.#problems.push(...error.problems)
      this.#onlyPatterns &&= error.code === 'AUDIT_INVALID_PATTERN'
      return compileTrailFilter({}, now)
    }
  }

  text(name: 'ip' | 'correlation' | 'request' | 'source' | 'onBehalfOf'): string | undefined {
    const given: unknown = this.#filter[name]
    if (given === undefined) return undefined
    if (typeof given === 'string' && given !== '' && given.length <= MAX_VALUE) return given
    this.#add(`${name}: give a text of 1 to ${MAX_VALUE.toLocaleString('en')} characters`)
    return undefined
  }

  statuses(): readonly Status[] | undefined {
    const given: unknown = this.#filter.statuses
    if (given === undefined) return undefined
    if (Array.isArray(given) && given.length > 0 && given.every((status) => allStatuses.includes(status as string)))
      return [...new Set(given as Status[])]
    this.#add(`statuses: give a list of ${allStatuses.map((status) => `'${status}'`).join(', ')}`)
    return undefined
  }

  words(): readonly SearchedWord[] {
    const given: unknown = this.#filter.text
    if (given === undefined) return []
    const words = typeof given === 'string' && given.length <= MAX_TEXT ? searchedWords(given) : []
    if (words.length > 0 && words.length <= MAX_WORDS) return words
    this.#add(`text: give 1 to ${MAX_WORDS} words of letters or digits, ${MAX_TEXT.toLocaleString('en')} characters at most`)
    return []
  }

  payload(): ((event: AuditEvent) => boolean) | undefined {
    const given = this.#filter.payload
    if (given === undefined) return undefined
    const { test, problems } = payloadTest(given)
    for (const problem of problems) this.#add(problem)
    return test
  }

  throwIfAny(): void {
    if (this.#problems.length === 0) return
    const code = this.#onlyPatterns ? 'AUDIT_INVALID_PATTERN' : 'AUDIT_INVALID_OPTIONS'
    const text = this.#problems.join('; ')
    throw new AuditError(code, `The events cannot be selected: ${text}.`, { problems: this.#problems })
  }

  #add(problem: string): void {
    this.#problems.push(problem)
    this.#onlyPatterns = false
  }
}

/** Keeps the typo of an operator readable, and hostile text harmless. */
function shown(text: string): string {
  return `'${JSON.stringify(text.slice(0, 64)).slice(1, -1)}'`
}
