import { oneLine } from '../copy/escape.ts'
import { AuditError } from '../errors.ts'
import type { EventFilter } from './event-pattern.ts'
import type { AuditEvent } from './event.ts'
import { instantOf } from './instant.ts'
import { openEventPatterns } from './open-event-pattern.ts'

/** Selects events of a trail. A filter that is left out selects all. */
export interface TrailFilter {
  /** Patterns as in the options of a sink: `flag:*`, `!flag:read`, `audit:*`. */
  readonly events?: readonly string[]
  /** The actor, by id or email address. */
  readonly actor?: string
  /** The target: `flag/flipt`. */
  readonly target?: string | { readonly type: string; readonly id: string }
  readonly tenant?: string
  /** Recorded at this time or later: a date, RFC 3339, or a time before now: `30m`, `1h`, `7d`. */
  readonly since?: Date | string
  /** Recorded before this time. */
  readonly until?: Date | string
}

/** A checked filter: `matches` decides, and the other members are its parts for a store that answers with a query. */
export interface CompiledTrailFilter {
  /** Returns true if the event is selected. */
  readonly matches: (event: AuditEvent) => boolean
  /** Returns true if the patterns select this noun and verb. */
  readonly events: EventFilter
  /** Compare it with the actor's id, and in lower case with the actor's email address. */
  readonly actor: string | undefined
  readonly target: { readonly type: string; readonly id: string } | undefined
  readonly tenant: string | undefined
  /** Milliseconds since 1970: earlier events are not selected. */
  readonly since: number | undefined
  /** Milliseconds since 1970: events of this time and later are not selected. */
  readonly until: number | undefined
}

type Problems = string[]

/**
 * Checks a filter; `now` is the time that `1h` and the like count from. Other members are ignored. Throws
 * `AUDIT_INVALID_OPTIONS`, listing every problem; `AUDIT_INVALID_PATTERN` if only patterns are wrong.
 */
export function compileTrailFilter(filter: TrailFilter, now: number): CompiledTrailFilter {
  const problems: Problems = []
  const patterns = openEventPatterns(filter.events ?? ['*:*'])
  const actor = textOf('actor', filter.actor, problems)
  const tenant = textOf('tenant', filter.tenant, problems)
  const target = targetOf(filter.target, problems)
  const since = boundOf('since', filter.since, now, problems)
  const until = boundOf('until', filter.until, now, problems)
  if (since !== undefined && until !== undefined && since > until) problems.push('since: it is after until')
  const all = [...patterns.problems, ...problems]
  if (all.length > 0) {
    const code = problems.length > 0 ? 'AUDIT_INVALID_OPTIONS' : 'AUDIT_INVALID_PATTERN'
    throw new AuditError(code, `The trail cannot be read with these options: ${all.join('; ')}.`, { problems: all })
  }
  const email = actor?.toLowerCase()
  return {
    events: patterns.filter,
    actor,
    target,
    tenant,
    since,
    until,
    matches: (event) => {
      const { metadata, timestamp } = event
      if (!patterns.filter(event) || (tenant !== undefined && metadata.tenant !== tenant)) return false
      if (target && (event.target?.type !== target.type || event.target.id !== target.id)) return false
      if (actor !== undefined && metadata.actor.id !== actor && lowerCase(metadata.actor.email) !== email) return false
      if (since === undefined && until === undefined) return true
      const at = Date.parse(timestamp)
      return (since === undefined || at >= since) && (until === undefined || at < until)
    },
  }
}

function lowerCase(text: unknown): string | undefined {
  return typeof text === 'string' ? text.toLowerCase() : undefined
}

function textOf(name: string, given: unknown, problems: Problems): string | undefined {
  if (given === undefined || (typeof given === 'string' && given !== '')) return given as string | undefined
  problems.push(`${name}: give text`)
  return undefined
}

function targetOf(given: TrailFilter['target'], problems: Problems): { type: string; id: string } | undefined {
  if (given === undefined) return undefined
  const slash = typeof given === 'string' ? given.indexOf('/') : -1
  const { type, id } =
    typeof given === 'string'
      ? { type: given.slice(0, Math.max(0, slash)), id: given.slice(slash + 1) }
      : (given ?? { type: '', id: '' })
  if (typeof type === 'string' && typeof id === 'string' && type !== '' && id !== '') return { type, id }
  problems.push("target: write 'type/id', such as 'flag/flipt'")
  return undefined
}

function boundOf(name: string, given: unknown, now: number, problems: Problems): number | undefined {
  if (given === undefined) return undefined
  const instant = instantOf(given, now)
  const shown = typeof given === 'string' ? `'${oneLine(given.slice(0, 64))}'` : 'that'
  if (instant === undefined) problems.push(`${name}: ${shown} is not a time; write 1h, 30m, 7d or 2026-11-22T09:00:00Z`)
  return instant
}
