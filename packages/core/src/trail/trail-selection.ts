import type { Clock } from '../clock.ts'
import { AuditError } from '../errors.ts'
import { oneLine } from '../copy/escape.ts'
import type { AuditEvent } from '../event/event.ts'
import { instantOf } from './instant.ts'
import { openEventPatterns } from './open-event-pattern.ts'
import { eventOfLine } from './trail-line.ts'

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

/** A filter, ready for use. */
export interface TrailSelection {
  /** Returns the event of a line, if it is selected. Undefined if the line is not an event. */
  select(line: string): AuditEvent | undefined
  /** Milliseconds since 1970: earlier events are not selected. */
  readonly since: number
}

type Problems = string[]

/** Throws `AUDIT_INVALID_OPTIONS`, listing every problem; `AUDIT_INVALID_PATTERN` if a pattern is the problem. */
export function selectionOf(filter: TrailFilter, clock: Pick<Clock, 'now'>): TrailSelection {
  const problems: Problems = []
  const patterns = openEventPatterns(filter.events ?? ['*:*'])
  const actor = textOf('actor', filter.actor, problems)
  const tenant = textOf('tenant', filter.tenant, problems)
  const target = targetOf(filter.target, problems)
  const since = boundOf('since', filter.since, clock, problems)
  const until = boundOf('until', filter.until, clock, problems)
  if (since !== undefined && until !== undefined && since > until) problems.push('since: it is after until')
  const all = [...patterns.problems, ...problems]
  if (all.length > 0) {
    const code = problems.length > 0 ? 'AUDIT_INVALID_OPTIONS' : 'AUDIT_INVALID_PATTERN'
    throw new AuditError(code, `The trail cannot be read with these options: ${all.join('; ')}.`, { problems: all })
  }
  const email = actor?.toLowerCase()
  const words = [target?.type, target?.id, tenant].flatMap(quotedWord)
  return {
    since: since ?? -Infinity,
    select(line) {
      // Parsing a line is slower than looking for a word in it.
      if (words.some((word) => !line.includes(word))) return undefined
      const event = eventOfLine(line)
      if (!event || !patterns.filter(event)) return undefined
      const { metadata, timestamp } = event
      if (tenant !== undefined && metadata.tenant !== tenant) return undefined
      if (target && (event.target?.type !== target.type || event.target.id !== target.id)) return undefined
      if (actor !== undefined && metadata.actor.id !== actor && lowerCase(metadata.actor.email) !== email) return undefined
      const at = since === undefined && until === undefined ? 0 : Date.parse(timestamp)
      return (since !== undefined && !(at >= since)) || (until !== undefined && !(at < until)) ? undefined : event
    },
  }
}

/** Returns the text as it must be in the line of a matching event; empty if the text may be written in several ways. */
function quotedWord(text: string | undefined): readonly string[] {
  return text !== undefined && /^[\w .:/@+-]*$/.test(text) ? [`"${text}"`] : []
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

function boundOf(name: string, given: unknown, clock: Pick<Clock, 'now'>, problems: Problems): number | undefined {
  if (given === undefined) return undefined
  const instant = instantOf(given, clock.now())
  const shown = typeof given === 'string' ? `'${oneLine(given.slice(0, 64))}'` : 'that'
  if (instant === undefined) problems.push(`${name}: ${shown} is not a time; write 1h, 30m, 7d or 2026-11-22T09:00:00Z`)
  return instant
}
