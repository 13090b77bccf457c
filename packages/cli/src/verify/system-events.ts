import { rootOfFrontier, subtreesOf, type Frontier } from '@audit/proof'

// What the library's own events say that matters for a proof. They are read like everything else in a trail: anybody may have written
// them, until a checkpoint covers them.

/** A checkpoint that stands in a log, and what a tree of that size grows on from. */
export interface Seal {
  readonly origin: string
  readonly size: number
  readonly checkpoint: string
  readonly frontier: Frontier
}

/** Events of a log that are gone, as an event says. */
export interface Announcement {
  readonly why: 'trimmed' | 'expired'
  /** The log it is about. */
  readonly source: string
  /** Both ends included. */
  readonly from: number
  readonly to: number
}

/** Events of a log that a process went on from without being able to tell whether they are genuine. */
export interface Unauthenticated {
  readonly source: string
  readonly from: number
  readonly to: number
}

/** So many ranges of one event count: it has at most a megabyte. */
const MAX_RANGES = 1_000

/** What a line says of logs, which may be others than its own. */
export type Statement =
  | { readonly kind: 'seal'; readonly seal: Seal }
  | { readonly kind: 'announcement'; readonly announcement: Announcement }
  | { readonly kind: 'unauthenticated'; readonly range: Unauthenticated }

type Payload = Readonly<Record<string, unknown>>

const nothing: readonly Statement[] = []

/** What an event of the library says, by its action. */
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

/** Nothing if it is not a seal whose hashes are those of its checkpoint. */
function sealIn({ origin, size, checkpoint, frontier }: Payload): Seal | undefined {
  const isWhole = typeof origin === 'string' && isSize(size) && typeof checkpoint === 'string' && Array.isArray(frontier)
  if (!isWhole || frontier.length !== subtreesOf(size).length) return undefined
  const hashes = frontier.map((hash) => Buffer.from(String(hash), 'base64'))
  if (!hashes.every(({ length }) => length === 32)) return undefined
  // The root of a checkpoint's text is its third line.
  if (Buffer.from(rootOfFrontier(hashes)).toString('base64') !== checkpoint.split('\n', 3)[2]) return undefined
  return { origin, size, checkpoint, frontier: { size, hashes } }
}

/** What `audit:trimmed` and `audit:expired` say. */
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

/** What `audit:recovered` says of lines that were taken over although nothing proved them; nothing if they were held aside (`sha256`). */
function unauthenticatedIn({ source, reason, from, lines, sha256 }: Payload): Unauthenticated | undefined {
  const isOne = reason === 'unauthenticated' && sha256 === undefined && typeof source === 'string'
  return isOne && isSize(from) && isSize(lines) && lines > 0 ? { source, from, to: from + lines - 1 } : undefined
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
