import { rootOfFrontier, subtreesOf, type Frontier } from '@audit/proof'

// Reads the system events that matter for a proof. They are read like everything else in a trail: anybody may have written
// them, until a checkpoint covers them.

/** A checkpoint in a log, and the hashes with which a tree of that size continues. */
export interface Seal {
  readonly origin: string
  readonly size: number
  readonly checkpoint: string
  readonly frontier: Frontier
}

/** Events that were removed from a log, according to an event. */
export interface Announcement {
  readonly why: 'trimmed' | 'expired'
  /** The log that it names. */
  readonly source: string
  /** Both ends included. */
  readonly from: number
  readonly to: number
}

/** Events of a log that a process continued without authenticating them. */
export interface Unauthenticated {
  readonly source: string
  readonly from: number
  readonly to: number
}

/** Number of ranges of one event that count: an event has at most a megabyte. */
const MAX_RANGES = 1_000

/** The content of a line about logs, which may be other logs than its own. */
export type Statement =
  | { readonly kind: 'seal'; readonly seal: Seal }
  | { readonly kind: 'announcement'; readonly announcement: Announcement }
  | { readonly kind: 'unauthenticated'; readonly range: Unauthenticated }

type Payload = Readonly<Record<string, unknown>>

const nothing: readonly Statement[] = []

/** The statements of a system event about logs. Empty for other events. */
export function statementsIn(action: string, entry: Buffer): readonly Statement[] {
  switch (action) {
    case 'sealed': {
      const seal = sealIn(payloadOf(entry))
      return seal ? [{ kind: 'seal', seal }] : nothing
    }
    case 'trimmed':
    case 'expired':
      return announcementsIn(action, payloadOf(entry)).map((announcement) => ({ kind: 'announcement', announcement }))
    case 'recovered': {
      const range = unauthenticatedIn(payloadOf(entry))
      return range ? [{ kind: 'unauthenticated', range }] : nothing
    }
    default:
      return nothing
  }
}

/** The payload of an event; empty if it has none. */
function payloadOf(entry: Buffer): Payload {
  const { payload } = JSON.parse(entry.toString('utf8')) as { readonly payload?: unknown }
  return typeof payload === 'object' && payload !== null ? (payload as Payload) : {}
}

/** Undefined if it is not a seal, or its hashes do not match its checkpoint. */
function sealIn({ origin, size, checkpoint, frontier }: Payload): Seal | undefined {
  const isWhole = typeof origin === 'string' && isSize(size) && typeof checkpoint === 'string' && Array.isArray(frontier)
  if (!isWhole || frontier.length !== subtreesOf(size).length) return undefined
  if (!frontier.every((hash: unknown) => typeof hash === 'string')) return undefined
  const hashes = frontier.map((hash) => Buffer.from(hash, 'base64'))
  if (!hashes.every(({ length }) => length === 32)) return undefined
  // The root of a checkpoint's text is its third line.
  if (Buffer.from(rootOfFrontier(hashes)).toString('base64') !== checkpoint.split('\n', 3)[2]) return undefined
  return { origin, size, checkpoint, frontier: { size, hashes } }
}

/** The content of `audit:trimmed` and `audit:expired`. */
function announcementsIn(action: string, { source, firstKept, ranges }: Payload): readonly Announcement[] {
  if (typeof source !== 'string') return []
  if (action === 'trimmed')
    return isSize(firstKept) && firstKept > 0 ? [{ why: 'trimmed', source, from: 0, to: firstKept - 1 }] : []
  if (!Array.isArray(ranges)) return []
  return ranges.slice(0, MAX_RANGES).flatMap((range: unknown): readonly Announcement[] => {
    const { from, to } = (range ?? {}) as { readonly from?: unknown; readonly to?: unknown }
    return isSize(from) && isSize(to) && from <= to ? [{ why: 'expired', source, from, to }] : []
  })
}

/** The content of `audit:recovered` for lines that were continued without a proof; undefined if they were held (`sha256`). */
function unauthenticatedIn({ source, reason, from, lines, sha256 }: Payload): Unauthenticated | undefined {
  const isOne = reason === 'unauthenticated' && sha256 === undefined && typeof source === 'string'
  return isOne && isSize(from) && isSize(lines) && lines > 0 ? { source, from, to: from + lines - 1 } : undefined
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
