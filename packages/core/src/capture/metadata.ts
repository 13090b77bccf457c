import { askNamed } from '../event/ask-named.ts'
import type { Reporter } from '../logger.ts'
import { nobody, type Actor } from '../event/actor.ts'
import { involvesProxy } from '../event/class-name.ts'
import type { Metadata } from '../event/event.ts'
import { plainCopy, type CopyLimits } from '../event/plain-copy.ts'
import type { AuditContext } from './context.ts'
import { shortText } from './short-text.ts'

/** Short enough for every limit below, whatever its characters take. */
const MAX_FLAT_LENGTH = 128
const MAX_FLAT_MEMBERS = 8
/** An actor or a request is a handful of short strings. */
const limits: CopyLimits = { maxBytes: 4_096, maxStringBytes: 1_024, maxDepth: 4, maxMembers: 32 }

/** What a call says about its surroundings; it wins over the context. */
export interface MetadataOptions {
  readonly actor?: Actor
  readonly tenant?: string
  readonly correlationId?: string
}

/** Copies what a context holds, once, so that events can share it by reference and nobody can change it under them. */
export function copyContext({ actor, request, trace, tenant, correlationId, event, restored }: AuditContext): AuditContext {
  // Member by member: every request of an adapter comes through here.
  const copied: { -readonly [K in keyof AuditContext]: AuditContext[K] } = {}
  if (isGiven(actor)) copied.actor = held(actor)
  if (isGiven(request)) copied.request = held(request)
  if (isGiven(trace)) copied.trace = held(trace)
  if (isGiven(tenant)) copied.tenant = held(tenant)
  if (isGiven(correlationId)) copied.correlationId = held(correlationId)
  if (isGiven(event)) copied.event = event
  if (restored) copied.restored = restored
  return Object.freeze(copied)
}

function isGiven<T>(member: T | null | undefined): member is T {
  return member !== undefined && member !== null
}

function held<T>(member: T): T {
  return typeof member === 'function' ? member : (frozenCopy(member) as T)
}

/**
 * Who, through which request, for which tenant. A late actor that throws is reported, and the event says `unknown`. Never throws.
 */
export function metadataOf(context: AuditContext, options: MetadataOptions, reporter: Reporter): Metadata {
  const tenant = options.tenant ?? tenantOf(context, reporter)
  const correlationId = options.correlationId ?? context.correlationId
  return {
    actor: options.actor ? actorCopy(options.actor) : actorOf(context, reporter),
    ...surroundings(context, 'request', reporter),
    ...surroundings(context, 'trace', reporter),
    ...(tenant !== undefined && tenant !== null && { tenant: shortText(tenant) }),
    ...(correlationId !== undefined && correlationId !== null && { correlationId: shortText(correlationId) }),
    ...(context.restored && { restored: true as const }),
  }
}

function actorOf({ actor }: AuditContext, reporter: Reporter): Actor {
  if (typeof actor !== 'function') return actor ? withAuthentication(actor) : nobody
  const { value, trouble } = askNamed('actor', actor, reporter)
  if (trouble) return { authentication: 'unknown' }
  return value ? actorCopy(value) : nobody
}

function tenantOf({ tenant }: AuditContext, reporter: Reporter): unknown {
  return typeof tenant === 'function' ? askNamed('tenant', tenant, reporter).value : tenant
}

/** The request or the trace, as it is known when the event is recorded. */
function surroundings(context: AuditContext, member: 'request' | 'trace', reporter: Reporter): Partial<Metadata> {
  const given = context[member]
  const known = typeof given === 'function' ? frozenCopy(askNamed<unknown>(member, given, reporter).value) : given
  return known ? { [member]: known } : {}
}

function actorCopy(actor: unknown): Actor {
  return withAuthentication(frozenCopy(actor))
}

/** Every event has an actor. Of something that is none, such as a Proxy or a bare name, there is nothing to keep. */
function withAuthentication(actor: unknown): Actor {
  if (typeof actor !== 'object' || actor === null || Array.isArray(actor)) return { authentication: 'unknown' }
  const { authentication, ...rest } = actor as Partial<Actor>
  return typeof authentication === 'string' ? (actor as Actor) : { authentication: 'unknown', ...rest }
}

function frozenCopy(value: unknown): unknown {
  return flatCopy(value) ?? deepFrozen(plainCopy(value, { limits, member: 'metadata' }).value)
}

/** Nearly every actor and request: an object of a few short strings, which needs none of the care that others do. */
function flatCopy(value: unknown): object | undefined {
  if (typeof value !== 'object' || value === null || involvesProxy(value)) return undefined
  if (Object.getPrototypeOf(value) !== Object.prototype) return undefined
  const keys = Object.keys(value)
  if (keys.length > MAX_FLAT_MEMBERS) return undefined
  const copy: Record<string, string> = {}
  for (const key of keys) {
    const { value: member, get } = Object.getOwnPropertyDescriptor(value, key) as { value?: unknown; get?: unknown }
    if (member === undefined && !get) continue
    if (typeof member !== 'string' || member.length > MAX_FLAT_LENGTH || key.length > MAX_FLAT_LENGTH || key === '__proto__') {
      return undefined
    }
    copy[key] = member
  }
  return Object.freeze(copy)
}

/** All events of a context share it, and enrichers are shown it. */
function deepFrozen(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) deepFrozen(member)
  return Object.freeze(value)
}
