import { createActorCopy, frozen, type ActorCopyOptions } from '../event/actor-copy.ts'
import { askNamed } from '../ask-now.ts'
import type { Reporter } from '../logger.ts'
import { anonymous, type Actor } from '../event/actor.ts'
import { involvesProxy } from '../copy/class-name.ts'
import type { Metadata } from '../event/event.ts'
import { idText } from '../event/id-text.ts'
import { unmappedAddress } from '../event/ip-address.ts'
import { jsonValue } from '../event/json-value.ts'
import { plainCopy, type Conversion, type CopyLimits } from '../copy/plain-copy.ts'
import type { AuditContext } from './context.ts'
import { isOpenEvent } from './open-event.ts'
import { shortText } from './short-text.ts'

/** Short enough for every limit below, however many bytes its characters take. */
const MAX_FLAT_LENGTH = 128
const MAX_FLAT_MEMBERS = 8
/** A request or a trace is a handful of short strings. */
const limits: CopyLimits = { maxBytes: 4_096, maxStringBytes: 1_024, maxDepth: 4, maxMembers: 32 }

/** Metadata that a call gives; it takes precedence over the context. */
export interface MetadataOptions {
  readonly actor?: Actor
  readonly tenant?: string
  readonly correlationId?: string
}

export interface MetadataRules extends Pick<ActorCopyOptions, 'members' | 'convert'> {
  readonly reporter: Reporter
}

/** Reads the actor, the request and the tenant from values that the application gives. None of its methods throws. */
export interface MetadataReader {
  /**
   * Copies the members of a context once, so that events can share them by reference and no code can change them. If the context
   * cannot be read, that is reported and the actor is unknown.
   */
  copyContext(context: AuditContext): AuditContext
  /** An actor function that throws is reported, and the actor is recorded as `unknown`. */
  metadataOf(context: AuditContext, options: MetadataOptions): Metadata
  actorOf(given: unknown): Actor
}

export function createMetadataReader({ members, convert, reporter }: MetadataRules): MetadataReader {
  const actorCopy = createActorCopy({
    members,
    convert,
    onUnreadableId: (kind) =>
      reporter.warn(
        `id ${kind}`,
        `An id of the kind ${kind} cannot be read without running its code. Give the id as text, or add a conversion: convert: [[TheClass, String]].`,
      ),
  })

  function currentActor({ actor }: AuditContext): Actor {
    if (typeof actor !== 'function') return actor ?? anonymous
    const { value, trouble } = askNamed<unknown>('actor', actor, reporter)
    if (trouble) return { authentication: 'unknown' }
    return isGiven(value) ? actorOf(value) : anonymous
  }

  function actorOf(given: unknown): Actor {
    if (typeof given !== 'object' || given === null) {
      reporter.warn(
        'actor',
        `The actor is not an object but a ${typeof given}, so it is recorded as unknown. Give an object such as { authentication: 'session', id }.`,
      )
    }
    return actorCopy(given)
  }

  function shortId(given: unknown): string {
    return typeof given === 'string' ? shortText(given) : shortText(idText(given, convert).text)
  }

  function currentTenant({ tenant }: AuditContext): unknown {
    return typeof tenant === 'function' ? askNamed<unknown>('tenant', tenant, reporter).value : tenant
  }

  /** The request or the trace, as known when the event is recorded. */
  function surroundings(context: AuditContext, member: 'request' | 'trace'): object | undefined {
    const given = context[member]
    return typeof given === 'function' ? surroundingsCopy(askNamed<unknown>(member, given, reporter).value, convert) : given
  }

  /** Member by member: every request of an adapter comes through here. */
  function membersOf({ actor, request, trace, tenant, correlationId, event, restored }: AuditContext): AuditContext {
    const copied: { -readonly [K in keyof AuditContext]: AuditContext[K] } = {}
    if (isGiven(actor)) copied.actor = typeof actor === 'function' ? actor : actorOf(actor)
    if (isGiven(request))
      copied.request = typeof request === 'function' ? request : (surroundingsCopy(request, convert) as object)
    if (isGiven(trace)) copied.trace = typeof trace === 'function' ? trace : (surroundingsCopy(trace, convert) as never)
    if (isGiven(tenant)) copied.tenant = typeof tenant === 'function' ? tenant : shortId(tenant)
    if (isGiven(correlationId)) copied.correlationId = shortId(correlationId)
    if (isOpenEvent(event)) copied.event = event
    if (restored === true) copied.restored = restored
    return copied
  }

  return {
    actorOf,
    copyContext(context) {
      try {
        return Object.freeze(membersOf(context))
      } catch {
        reporter.warn('run()', 'run(): the context cannot be read; its events are recorded with the actor unknown.')
        return Object.freeze({ actor: { authentication: 'unknown' } })
      }
    },
    metadataOf(context, options) {
      const tenant = options.tenant ?? currentTenant(context)
      const correlationId = options.correlationId ?? context.correlationId
      const metadata: Record<string, unknown> = {
        actor: isGiven(options.actor) ? actorOf(options.actor) : currentActor(context),
      }
      const request = surroundings(context, 'request')
      if (request) metadata['request'] = request
      const trace = surroundings(context, 'trace')
      if (trace) metadata['trace'] = trace
      if (isGiven(tenant)) metadata['tenant'] = shortId(tenant)
      if (isGiven(correlationId)) metadata['correlationId'] = shortId(correlationId)
      if (context.restored) metadata['restored'] = true
      return metadata as unknown as Metadata
    },
  }
}

function isGiven<T>(member: T | null | undefined): member is T {
  return member !== undefined && member !== null
}

/** A request or a trace as plain JSON, frozen. Undefined for anything but an object. */
function surroundingsCopy(given: unknown, convert: readonly Conversion[]): object | undefined {
  const flat = flatCopy(given)
  if (flat) return flat
  const copy = jsonValue(plainCopy(given, { limits, member: 'metadata', convert }).value)
  if (typeof copy !== 'object' || copy === null || Array.isArray(copy)) return undefined
  const members = { ...(copy as Record<string, unknown>) }
  for (const key of texts) {
    if (isGiven(members[key])) members[key] = addressOrText(key, idText(members[key]).text)
    else delete members[key]
  }
  if (members['socketIp'] === members['ip']) delete members['socketIp']
  return frozen(members)
}

/** The members that are text in every event, even if given as another type: Fastify may number its requests. */
const texts: readonly string[] = ['id', 'method', 'route', 'ip', 'socketIp', 'userAgent', 'traceId', 'spanId']

function addressOrText(key: string, text: string): string {
  return key === 'ip' || key === 'socketIp' ? unmappedAddress(text) : text
}

/** The fast path for nearly every request: an object of a few short strings. */
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
    copy[key] = addressOrText(key, member)
  }
  if (copy['socketIp'] !== undefined && copy['socketIp'] === copy['ip']) delete copy['socketIp']
  return Object.freeze(copy)
}
