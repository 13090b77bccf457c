import type { Reporter } from '../logger.ts'
import { nobody, type Actor } from '../event/actor.ts'
import type { Metadata } from '../event/event.ts'
import { plainCopy, type CopyLimits } from '../event/plain-copy.ts'
import type { AuditContext } from './context.ts'

/** An actor or a request is a handful of short strings. */
const limits: CopyLimits = { maxBytes: 4_096, maxStringBytes: 1_024, maxDepth: 4, maxMembers: 32 }

/** What a call says about its surroundings; it wins over the context. */
export interface MetadataOptions {
  readonly actor?: Actor
  readonly tenant?: string
  readonly correlationId?: string
}

/** Copies what a context holds, once, so that events can share it by reference and nobody can change it under them. */
export function copyContext(context: AuditContext): AuditContext {
  const copied: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(context)) {
    const asIs = value === undefined || key === 'event' || typeof value === 'function'
    if (value !== undefined) copied[key] = asIs ? value : frozenCopy(value, key)
  }
  return Object.freeze(copied) as AuditContext
}

/** Who, through which request, for which tenant. A late actor that throws is reported, and the event says `unknown`. */
export function metadataOf(context: AuditContext, options: MetadataOptions, reporter: Reporter): Metadata {
  const tenant = options.tenant ?? context.tenant
  const correlationId = options.correlationId ?? context.correlationId
  return {
    actor: options.actor ? actorCopy(options.actor) : actorOf(context, reporter),
    ...(context.request && { request: context.request }),
    ...(context.trace && { trace: context.trace }),
    ...(tenant !== undefined && { tenant: String(frozenCopy(tenant, 'tenant')) }),
    ...(correlationId !== undefined && { correlationId: String(frozenCopy(correlationId, 'correlationId')) }),
  }
}

function actorOf({ actor }: AuditContext, reporter: Reporter): Actor {
  if (typeof actor !== 'function') return actor ? withAuthentication(actor) : nobody
  try {
    const late = actor()
    return late ? actorCopy(late) : nobody
  } catch {
    reporter.warn('actor', 'The function that names the actor threw; the event is recorded with the actor unknown.')
    return { authentication: 'unknown' }
  }
}

function actorCopy(actor: Actor): Actor {
  return withAuthentication(frozenCopy(actor, 'actor') as Actor)
}

function withAuthentication(actor: Actor): Actor {
  return typeof actor === 'object' && typeof actor.authentication === 'string' ? actor : { ...actor, authentication: 'unknown' }
}

function frozenCopy(value: unknown, member: string): unknown {
  if (typeof value === 'string' && value.length <= 128) return value
  return Object.freeze(plainCopy(value, { limits, member }).value)
}
