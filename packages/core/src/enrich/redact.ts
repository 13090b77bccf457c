import type { AuditEvent, Change, Target } from '../event/event.ts'
import { fromPointer } from '../copy/pointer.ts'
import { className } from '../copy/class-name.ts'
import { setMember } from '../copy/set-member.ts'
import { createFieldHash, fieldOf } from './field-hash.ts'
import { isListOfPairs, isPair, nameIn, namesNext, roleOf, type MemberRole } from './named-values.ts'
import { below, isPointedAt, type Rule } from './pointer-rules.ts'
import { redactText } from './redact-text.ts'
import { redactUrl } from './redact-url.ts'
import { createHashedKeys, createSecretKeys, remembering, wordsOf } from './secret-keys.ts'

export interface RedactionOptions {
  /** Keys that are secret besides those known out of the box. */
  readonly keys?: readonly string[]
  /**
   * Fields to hash, so that they can be searched for but not read: keys (`email`), at any place, and pointers into payloads
   * (`/owner/phone`). Passwords, tokens and the like cannot be hashed; they stay `[redacted]`.
   */
  readonly hash?: readonly string[]
  /** For `hash`: a secret of at least 16 bytes, better 32 random ones. Anyone who has it can try values. */
  readonly hashKey?: string | Uint8Array
}

/** `rawHeaders` of Node, and lists like it. */
const HEADERS = /headers$|trailers$/i
export const redactedMark = '[redacted]'

/**
 * Takes the secrets out of events: by key everywhere, by pointer in the payload and its changes. Returns a new event, or the
 * same. Hashes that are in `made` stay as they are, and those it makes are added.
 */
export type Redactor = (event: AuditEvent, pointers: readonly string[], made?: Set<unknown>) => AuditEvent

export function createRedactor({ keys = [], hash: hashed = [], hashKey }: RedactionOptions): Redactor {
  const hashedKeys = hashed.filter((entry) => !entry.startsWith('/'))
  const judge = remembering<JudgedKey>(judgeOf(createSecretKeys(keys, hashedKeys)))
  const isSecretKey = (key: string) => judge(key).isSecret
  const fieldOfKey = createHashedKeys(hashedKeys.map(fieldOf))
  const hashRules = hashed
    .filter((entry) => entry.startsWith('/'))
    .map((entry) => ({ path: fromPointer(entry), field: fieldOf(entry) }))
  const hashField = hashKey === undefined ? () => redactedMark : createFieldHash(hashKey)
  const compiled = new WeakMap<readonly string[], readonly Rule[]>()
  const shared = new WeakMap<object, unknown>()
  /** State of the current event: redaction is synchronous. */
  let made: Set<unknown> | undefined

  function rulesOf(pointers: readonly string[]): readonly Rule[] {
    let rules = compiled.get(pointers)
    if (!rules)
      compiled.set(
        pointers,
        (rules = [...pointers.map((pointer) => ({ path: fromPointer(pointer), field: undefined })), ...hashRules]),
      )
    return rules
  }

  /** `field`: the hashed field above the value. `key`: the name of its member. */
  function redact(value: unknown, rules: readonly Rule[], field?: string, key?: string): unknown {
    if (typeof value === 'string' && field === undefined) return redactText(value, markOf)
    if (typeof value !== 'object' || value === null) return hash(value, field)
    // Only values of a context are deeply frozen and shared by its events.
    if (rules.length === 0 && field === undefined && made === undefined && Object.isFrozen(value)) return redactShared(value)
    return redactObject(value, rules, field, key)
  }

  function redactShared(value: object): unknown {
    let redacted = shared.get(value)
    if (redacted === undefined) shared.set(value, (redacted = redactObject(value, [], undefined)))
    return redacted
  }

  function redactObject(value: object, rules: readonly Rule[], field: string | undefined, key?: string): unknown {
    if (Array.isArray(value)) return redactArray(value, rules, field, key)
    const prototype = Object.getPrototypeOf(value) as unknown
    if (prototype === Object.prototype) return redactMembers(value as Record<string, unknown>, rules, field)
    if (value instanceof Map) return redactMap(value, rules, field)
    // In the trail it becomes a list, and the application's pointers treat it as one.
    if (value instanceof Set) return new Set(redactArray([...value], rules, field, key))
    return hash(value instanceof URL ? redactUrl(value, markOf) : value, field)
  }

  function hash(value: unknown, field: string | undefined): unknown {
    // The absence of a value is no secret, and good to know.
    if (field === undefined || value === null || value === undefined || made?.has(value)) return value
    const text = hashField(value, field)
    made?.add(text)
    return text
  }

  function redactArray(
    values: readonly unknown[],
    rules: readonly Rule[],
    field: string | undefined,
    key: string | undefined,
  ): readonly unknown[] {
    let changed: unknown[] | undefined
    const isAlternating = typeof values[0] === 'string' && key !== undefined && HEADERS.test(key)
    const arePairs = Array.isArray(values[0]) && isListOfPairs(values)
    for (let index = 0; index < values.length; index++) {
      const name = typeof values[index] === 'string' ? namesNext(values, index, isAlternating) : undefined
      const value = name !== undefined && isSecretKey(name) ? redactedMark : redactItem(values, index, rules, field, arePairs)
      if (value === values[index]) continue
      changed ??= [...values]
      changed[index] = value
    }
    return changed ?? values
  }

  function redactItem(
    values: readonly unknown[],
    index: number,
    rules: readonly Rule[],
    field: string | undefined,
    arePairs: boolean,
  ): unknown {
    const value = values[index]
    if (Array.isArray(value)) {
      const pair = redactPair(value, arePairs)
      if (pair) return pair
    }
    return rules.length > 0 ? redactMember(String(index), value, rules, field) : redact(value, rules, field)
  }

  /** A pair whose first names a secret, without its second. */
  function redactPair(values: readonly unknown[], isInPairs: boolean): readonly unknown[] | undefined {
    if (!isPair(values, isInPairs) || values[1] === null || values[1] === undefined || !isSecretKey(values[0])) return undefined
    return [values[0], redactedMark]
  }

  function redactMap(
    map: ReadonlyMap<unknown, unknown>,
    rules: readonly Rule[],
    field: string | undefined,
  ): ReadonlyMap<unknown, unknown> {
    const keyOf = (key: unknown) => (typeof key === 'object' ? redact(key, [], field) : key)
    return new Map([...map].map(([key, member]) => [keyOf(key), redactMember(nameOf(key), member, rules, field)]))
  }

  function redactMembers(
    members: Record<string, unknown>,
    rules: readonly Rule[],
    field: string | undefined,
  ): Record<string, unknown> {
    let changed: Record<string, unknown> | undefined
    let hasNames = false
    let hasValues = false
    const change = (key: string, value: unknown) => {
      if (!changed) {
        changed = { ...members }
        const mark = Object.getOwnPropertyDescriptor(members, className)
        if (mark) Object.defineProperty(changed, className, mark)
      }
      setMember(changed, key, value)
    }
    for (const key of Object.keys(members)) {
      const member = members[key]
      const judged = judge(key)
      if (judged.role === 'name') hasNames = true
      else if (judged.role === 'value') hasValues = true
      const value = redactMember(key, member, rules, field, judged.isSecret)
      if (value !== member) change(key, value)
    }
    // Only then: a name may be the id of a request, which no cache has.
    if (hasNames && hasValues && namesSecret(members)) {
      for (const key of Object.keys(members)) {
        const isGiven = members[key] !== null && members[key] !== undefined
        if (isGiven && judge(key).role === 'value') change(key, redactedMark)
      }
    }
    return changed ?? members
  }

  /** True for `{ field: 'password', newValue: '…' }`: one member holds the name of a secret. */
  function namesSecret(members: Record<string, unknown>): boolean {
    return Object.keys(members).some((key) => judge(key).role === 'name' && isSecretName(members[key]))
  }

  function isSecretName(value: unknown): boolean {
    const name = nameIn(value)
    return name !== undefined && isSecretKey(name)
  }

  function redactMember(
    key: string,
    value: unknown,
    rules: readonly Rule[],
    outer: string | undefined,
    isSecretByKey = isSecretKey(key),
  ): unknown {
    if (value === null || value === undefined) return value
    const within = below(rules, key)
    if (isSecretByKey || isPointedAt(within)) return redactedMark
    const pair = Array.isArray(value) ? redactPair(value, false) : undefined
    return pair ?? redact(value, within, fieldAt(key, within) ?? outer, key)
  }

  function fieldAt(key: string, within: readonly Rule[]): string | undefined {
    return within.find(({ path, field }) => path.length === 0 && field !== undefined)?.field ?? fieldOfKey(key)
  }

  /** An id may be a URL, and have credentials in it like any other. */
  function redactTarget(target: Target): Target {
    const id = redactText(target.id, markOf)
    const name = target.name && redactText(target.name, markOf)
    return id === target.id && name === target.name ? target : { ...target, id, ...(name !== undefined && { name }) }
  }

  function markOf(name: string): ((value: string) => string) | undefined {
    if (isSecretKey(name)) return () => 'redacted'
    const field = fieldOfKey(name)
    return field === undefined ? undefined : (value) => hash(value, field) as string
  }

  function redactChange(change: Change, rules: readonly Rule[], { payload, changes = [] }: AuditEvent): Change {
    let within = rules
    let field: string | undefined
    const path = fromPointer(change.path)
    if (judge(path.at(-1) ?? '').role === 'value' && isNamedSecret(path.slice(0, -1), payload, changes)) {
      return { path: change.path, changed: true }
    }
    for (const part of path) {
      within = below(within, part)
      if (isSecretKey(part) || isPointedAt(within)) return { path: change.path, changed: true }
      field = fieldAt(part, within) ?? field
    }
    const redacted = { ...change }
    if ('from' in change) redacted.from = redactState(change.from, within, field, path.at(-1))
    if ('to' in change) redacted.to = redactState(change.to, within, field, path.at(-1))
    return redacted
  }

  function redactState(state: unknown, rules: readonly Rule[], field: string | undefined, key: string | undefined): unknown {
    const pair = Array.isArray(state) ? redactPair(state, false) : undefined
    return pair ?? redact(state, rules, field, key)
  }

  /** The name of a changed value is next to it in the payload, or among the changes if it changed as well. */
  function isNamedSecret(holder: readonly string[], payload: unknown, changes: readonly Change[]): boolean {
    const held = holder.reduce<unknown>(memberOf, payload)
    if (typeof held === 'object' && held !== null && namesSecret(held as Record<string, unknown>)) return true
    return changes.some(({ path, from, to }) => {
      const parts = fromPointer(path)
      const isBeside = parts.length === holder.length + 1 && holder.every((part, index) => part === parts[index])
      return isBeside && judge(parts.at(-1)!).role === 'name' && (isSecretName(from) || isSecretName(to))
    })
  }

  return (event, pointers, hashes) => {
    made = hashes
    const rules = rulesOf(pointers)
    const metadata = redact(event.metadata, []) as AuditEvent['metadata']
    const payload = redact(event.payload, rules)
    const { changes, target, reason } = event
    const known = { target: target && redactTarget(target), reason: reason && redactText(reason, markOf) }
    const isSame = metadata === event.metadata && payload === event.payload && known.target === target && known.reason === reason
    if (!changes && isSame) return event
    return {
      ...event,
      metadata,
      payload,
      ...(known.target && { target: known.target }),
      ...(known.reason !== undefined && { reason: known.reason }),
      ...(changes && { changes: changes.map((change) => redactChange(change, rules, event)) }),
    }
  }
}

/** Only text can name a secret; asking an object for its text would run its code. */
function nameOf(key: unknown): string {
  return typeof key === 'object' || key === undefined ? '' : String(key)
}

interface JudgedKey {
  readonly isSecret: boolean
  readonly role: MemberRole | undefined
}

/** All checks of a key, in one look-up; few keys differ. */
function judgeOf(isSecretKey: (key: string) => boolean): (key: string) => JudgedKey {
  return (key) => ({ isSecret: isSecretKey(key), role: roleOf(wordsOf(key)) })
}

function memberOf(holder: unknown, key: string): unknown {
  return typeof holder === 'object' && holder !== null && Object.hasOwn(holder, key) ? holder[key as never] : undefined
}
