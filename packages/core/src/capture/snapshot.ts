import type { Actor } from '../event/actor.ts'
import type { RequestInfo, Trace } from '../event/event.ts'
import type { Reporter } from '../logger.ts'
import type { AuditContext } from './context.ts'
import { metadataOf } from './metadata.ts'
import { shortText } from './short-text.ts'

/** A context on its way through a queue to another process: plain JSON of at most 2 KiB. */
export interface AuditSnapshot {
  readonly version: 1
  readonly actor: Actor
  readonly request?: RequestInfo
  readonly trace?: Trace
  readonly tenant?: string
  readonly correlationId?: string
}

const MAX_BYTES = 2_048

/** What the context says now; its functions are asked. What is too long loses first what says least about who acts. */
export function snapshotOf(context: AuditContext, reporter: Reporter): AuditSnapshot {
  const { actor, request, trace, tenant, correlationId } = metadataOf(context, {}, reporter)
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
  const fitting = candidates.find((one) => Buffer.byteLength(JSON.stringify(one)) <= MAX_BYTES)
  return fitting ?? { version: 1, actor: bare }
}

/** What a snapshot says, as a context. Something that is none is reported, and who acts is unknown. */
export function contextOf(snapshot: unknown, reporter: Reporter): AuditContext {
  if (!isSnapshot(snapshot)) {
    reporter.warn('snapshot', 'restore() was given no snapshot of this version; its events are recorded with the actor unknown.')
    return { actor: { authentication: 'unknown' }, restored: true }
  }
  const { actor, request, trace, tenant, correlationId } = snapshot
  return { actor, ...defined({ request, trace, tenant, correlationId }), restored: true }
}

function isSnapshot(value: unknown): value is AuditSnapshot {
  const { version, actor } = (value ?? {}) as Partial<AuditSnapshot>
  return version === 1 && typeof actor === 'object' && actor !== null && typeof actor.authentication === 'string'
}

function defined<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never
}
