import { AuditError } from '@audit/core/sink'
import type { Period } from './store-filter.ts'

/** The place of an event in the order of a store: its timestamp, and what orders the events of one millisecond. */
export type Position = readonly [at: number, tie: number | string]

/** A place between two events, where a page begins. */
export interface PageToken {
  readonly position: Position
  /** True: the event at the position belongs to the page. */
  readonly isIncluded: boolean
  /** `next`: the page that follows in the order of the pages. `previous`: the page that precedes. */
  readonly direction: 'next' | 'previous'
  readonly period: Period
}

const VERSION = 1
const MAX_LENGTH = 2_048

/** Returns the token as text. `key` identifies what it belongs to: the filter, the scope and the order. */
export function encodePageToken({ position, isIncluded, direction, period }: PageToken, key: string): string {
  const bounds = [period.since, period.until].map((bound) => (Number.isFinite(bound) ? bound : null))
  const parts = [VERSION, key, direction === 'next', isIncluded, ...position, ...bounds]
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

/**
 * Returns the token of a text. Throws `AUDIT_INVALID_CURSOR` if it is not a token, or belongs to another filter, scope or order: its
 * pages would silently lack events.
 */
export function decodePageToken(text: unknown, key: string): PageToken {
  const parts = typeof text === 'string' && text.length <= MAX_LENGTH ? parsed(text) : undefined
  if (!parts) throw new AuditError('AUDIT_INVALID_CURSOR', 'This is not a page token of this store. Begin with the first page.')
  const [, itsKey, isNext, isIncluded, at, tie, since, until] = parts
  if (itsKey !== key)
    throw new AuditError(
      'AUDIT_INVALID_CURSOR',
      'This page token belongs to another filter, scope or order. Begin with the first page.',
    )
  return {
    position: [at, tie],
    isIncluded,
    direction: isNext ? 'next' : 'previous',
    period: { since: since ?? -Infinity, until: until ?? Infinity },
  }
}

type Bound = number | null
type Parts = [
  version: number,
  key: string,
  isNext: boolean,
  isIncluded: boolean,
  at: number,
  tie: number | string,
  since: Bound,
  until: Bound,
]

function parsed(text: string): Parts | undefined {
  try {
    const parts = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown
    return isParts(parts) ? parts : undefined
  } catch {
    return undefined
  }
}

function isParts(parts: unknown): parts is Parts {
  if (!Array.isArray(parts) || parts.length !== 8) return false
  const [version, key, isNext, isIncluded, at, tie, since, until] = parts as unknown[]
  return (
    version === VERSION &&
    typeof key === 'string' &&
    typeof isNext === 'boolean' &&
    typeof isIncluded === 'boolean' &&
    Number.isSafeInteger(at) &&
    (typeof tie === 'string' || Number.isSafeInteger(tie)) &&
    [since, until].every((bound) => bound === null || Number.isSafeInteger(bound))
  )
}
