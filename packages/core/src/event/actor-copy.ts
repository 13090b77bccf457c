import type { Actor } from './actor.ts'
import { involvesProxy } from '../copy/class-name.ts'
import { idText } from './id-text.ts'
import { unmappedAddress } from './ip-address.ts'
import { jsonValue } from './json-value.ts'
import { plainCopy, type Conversion, type CopyLimits } from '../copy/plain-copy.ts'
import { setMember } from '../copy/set-member.ts'

export interface ActorCopyOptions {
  /** Members of the application's actors that are stored in addition to the known ones. */
  readonly members: readonly string[]
  readonly convert: readonly Conversion[]
  /** Receives the class of an id that could not be read: `[Snowflake]`. */
  readonly onUnreadableId: (kind: string) => void
}

/** An actor, frozen all the way down, that shares nothing with the value it was copied from. Never throws. */
export type ActorCopy = (given: unknown) => Actor

/** Short enough for every limit below, however many bytes its characters take. */
const MAX_PLAIN_LENGTH = 64
/** One text, or a member that the application names: a role, a department. */
const limits: CopyLimits = { maxBytes: 2_048, maxStringBytes: 1_024, maxDepth: 3, maxMembers: 32 }

const types: ReadonlySet<unknown> = new Set(['user', 'service', 'system'])
const known: ReadonlySet<string> = new Set(['authentication', 'email', 'name', 'id', 'ip', 'picture', 'type', 'onBehalfOf'])
const unknownActor: Actor = Object.freeze({ authentication: 'unknown' })

type Members = Record<string, unknown>

/**
 * Copies the members that an actor has, and those that the application names. An application may return its whole user, with
 * everything it knows about it, so other members are left out. Ids and names become text; an actor without `authentication` is
 * `unknown`.
 */
export function createActorCopy({ members: named, convert, onUnreadableId }: ActorCopyOptions): ActorCopy {
  return function actorCopy(given) {
    if (typeof given !== 'object' || given === null || involvesProxy(given) || Array.isArray(given)) return unknownActor
    return plainActor(given, named) ?? oddActor(given)
  }

  function oddActor(given: object): Actor {
    const authentication = own(given, 'authentication')
    const actor: Members = { authentication: typeof authentication === 'string' ? bounded(authentication) : 'unknown' }
    put(actor, 'id', idOf(own(given, 'id')))
    put(actor, 'email', textOf(own(given, 'email')))
    put(actor, 'name', textOf(own(given, 'name')))
    put(actor, 'ip', textOf(own(given, 'ip')), unmappedAddress)
    put(actor, 'picture', textOf(own(given, 'picture')))
    const type = own(given, 'type')
    if (types.has(type)) actor['type'] = type
    const account = accountOf(own(given, 'onBehalfOf'))
    if (account) actor['onBehalfOf'] = account
    for (const key of named) {
      const { value } = plainCopy(own(given, key), { limits, member: 'metadata', convert })
      if (value !== undefined) setMember(actor, key, frozen(jsonValue(value)))
    }
    return Object.freeze(actor) as unknown as Actor
  }

  /** The event must show that another person's account was used, even if only its id is given. */
  function accountOf(given: unknown): Actor['onBehalfOf'] | undefined {
    if (given === undefined || given === null || given === false) return undefined
    const isMembers = typeof given === 'object' && !involvesProxy(given)
    const id = idOf((isMembers ? own(given, 'id') : undefined) ?? given)!
    if (!isMembers) return Object.freeze({ id })
    const account: Members = { id }
    put(account, 'name', textOf(own(given, 'name')))
    put(account, 'email', textOf(own(given, 'email')))
    return Object.freeze(account) as unknown as Actor['onBehalfOf']
  }

  function idOf(given: unknown): string | undefined {
    if (given === undefined || given === null) return undefined
    const { text, isRead } = idText(given, convert)
    if (!isRead) onUnreadableId(text)
    return bounded(text)
  }

  /** A name that is an object of its parts is not copied: an actor's name is text. */
  function textOf(given: unknown): string | undefined {
    if (given === undefined || given === null || typeof given === 'function' || typeof given === 'symbol') return undefined
    const { text, isRead } = idText(given, convert)
    return isRead ? bounded(text) : undefined
  }
}

/** The fast path for nearly every actor: an object of a few short texts. */
function plainActor(given: object, named: readonly string[]): Actor | undefined {
  if (named.length > 0 || Object.getPrototypeOf(given) !== Object.prototype) return undefined
  const actor: Members = {}
  for (const key of Object.keys(given)) {
    const value = known.has(key) ? own(given, key) : undefined
    if (value === undefined || value === null) continue
    if (typeof value !== 'string' || value.length > MAX_PLAIN_LENGTH || key === 'onBehalfOf') return undefined
    if (key === 'type' && !types.has(value)) continue
    actor[key] = key === 'ip' ? unmappedAddress(value) : value
  }
  return actor['authentication'] === undefined ? undefined : (Object.freeze(actor) as unknown as Actor)
}

/** Returns an own data property; never calls a getter. */
function own(holder: object, key: string): unknown {
  try {
    return Object.getOwnPropertyDescriptor(holder, key)?.value
  } catch {
    // A module that is still loading.
    return undefined
  }
}

/** A text that is too long keeps its beginning, its length and a digest, so that two long ids stay different. */
function bounded(text: string): string {
  if (text.length <= MAX_PLAIN_LENGTH) return text
  return plainCopy(text, { limits, member: 'metadata' }).value as string
}

function put(members: Members, key: string, text: string | undefined, change = (given: string) => given): void {
  if (text !== undefined) members[key] = change(text)
}

/** All events of a context share it, and enrichers receive it. JSON values can be frozen; bytes and Maps cannot. */
export function frozen<T>(json: T): T {
  if (typeof json === 'object' && json !== null) for (const member of Object.values(json)) frozen(member)
  return Object.freeze(json)
}
