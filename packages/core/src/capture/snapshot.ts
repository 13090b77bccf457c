import type { Actor } from '../event/actor.ts'
import type { RequestInfo, Trace } from '../event/event.ts'
import { toMark } from '../copy/pointer.ts'
import { plainCopy, type CopyLimits } from '../copy/plain-copy.ts'
import type { Reporter } from '../logger.ts'
import type { AuditContext } from './context.ts'
import type { MetadataReader } from './metadata.ts'
import { shortText } from './short-text.ts'

/** A context on its way through a queue to another process: plain JSON of at most 2 KiB. */
export interface AuditSnapshot {
  readonly version: 1
  readonly actor: Actor
  readonly request?: RequestInfo
  readonly trace?: Trace
  readonly tenant?: string
  readonly correlationId?: string
  /** JSON pointers to the members of the snapshot that were left out or cut to save room. */
  readonly truncated?: readonly string[]
}

const MAX_BYTES = 2_048
/** A copy counts escaped characters at up to three times their size in a snapshot. */
const limits: CopyLimits = { maxBytes: 3 * MAX_BYTES, maxStringBytes: 3 * MAX_BYTES, maxDepth: 6, maxMembers: 50 }

/**
 * Returns the current context, with its functions called. If it is too long, the members that say least about the actor go first.
 */
export function snapshotOf(context: AuditContext, reader: MetadataReader): AuditSnapshot {
  const { actor, request, trace, tenant, correlationId } = reader.metadataOf(context, {})
  const { id, authentication, type, ip } = actor
  const { picture: _, ...unpictured } = actor
  const base = { version: 1, ...defined({ tenant, correlationId, trace }) } as const
  const bare = { authentication: shortText(authentication), ...defined({ type, id: id && shortText(id) }) } as Actor
  const candidates: readonly AuditSnapshot[] = [
    { ...base, actor, ...defined({ request }) },
    { ...base, actor: unpictured, ...defined({ request }) },
    { ...base, actor: unpictured },
    { ...base, actor: { ...bare, ...defined({ ip }) } },
    { ...base, actor: bare },
  ]
  const whole = candidates[0]!
  for (const candidate of [...candidates, { version: 1, actor: bare } as const]) {
    const snapshot = withCuts(candidate, whole)
    if (Buffer.byteLength(JSON.stringify(snapshot)) <= MAX_BYTES) return snapshot
  }
  // An id of control characters alone.
  return { version: 1, actor: { authentication: 'unknown' }, truncated: [''] }
}

function withCuts(snapshot: AuditSnapshot, whole: AuditSnapshot): AuditSnapshot {
  const truncated = [...cutsOf(snapshot, whole, ''), ...cutsOf(snapshot.actor, whole.actor, '/actor')]
  return truncated.length > 0 ? { ...snapshot, truncated } : snapshot
}

function cutsOf(part: object, whole: object, place: string): readonly string[] {
  const kept = new Map(Object.entries(part))
  const isCut = ([key, value]: [string, unknown]) => !kept.has(key) || (typeof value === 'string' && kept.get(key) !== value)
  return Object.entries(whole)
    .filter(isCut)
    .map(([key]) => toMark([...place.split('/').slice(1), key]))
}

/** Returns the content of a snapshot as a context. A value that is not a snapshot is reported, and the actor is unknown. */
export function contextOf(given: unknown, reporter: Reporter): AuditContext {
  const { value: snapshot, truncated } = plainCopy(given, { limits, member: 'snapshot' })
  if (truncated.length > 0 || !isSnapshot(snapshot)) {
    reporter.warn(
      'snapshot',
      'restore() was given a value that is not a snapshot of this version; its events are recorded with an unknown actor.',
    )
    return { actor: { authentication: 'unknown' }, restored: true }
  }
  const { actor, request, trace, tenant, correlationId } = snapshot
  return { actor, ...defined({ request, trace, tenant, correlationId }), restored: true }
}

function isSnapshot(value: unknown): value is AuditSnapshot {
  const { version, actor, request = {}, trace = {}, tenant = '', correlationId = '' } = (value ?? {}) as Partial<AuditSnapshot>
  const areTexts = typeof tenant === 'string' && typeof correlationId === 'string'
  return version === 1 && areTexts && [actor, request, trace].every(isObject) && typeof actor!.authentication === 'string'
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function defined<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never
}
