import type { AuditEvent, Change } from '../event/event.ts'
import { fromPointer } from '../event/pointer.ts'
import { className } from '../event/class-name.ts'
import { setMember } from '../event/set-member.ts'
import { createFieldHash, fieldOf } from './field-hash.ts'
import { createHashedKeys, createSecretKeys } from './secret-keys.ts'

export interface RedactionOptions {
  /** Keys that are secret besides those known out of the box. */
  readonly keys?: readonly string[]
  /**
   * What is to be hashed, so that it can be searched for and not read: keys (`email`), everywhere, and pointers into payloads
   * (`/owner/phone`). Passwords, tokens and their like cannot be; they stay `[redacted]`.
   */
  readonly hash?: readonly string[]
  /** For `hash`: a secret of at least 16 bytes, best of 32 that are random. Whoever has it can try values. */
  readonly hashKey?: string | Uint8Array
}

export const redactedMark = '[redacted]'

/** A pointer into the payload, in parts; `*` is any one key or index. With a field, what is there is hashed as one of it. */
interface Rule {
  readonly path: readonly string[]
  readonly field: string | undefined
}

/**
 * Takes the secrets out of events: by key everywhere, by pointer in the payload and its changes. Returns a new event, or the
 * same. Hashes that are in `made` stay as they are, and those it makes are added.
 */
export type Redactor = (event: AuditEvent, pointers: readonly string[], made?: Set<unknown>) => AuditEvent

export function createRedactor({ keys = [], hash: hashed = [], hashKey }: RedactionOptions): Redactor {
  const hashedKeys = hashed.filter((entry) => !entry.startsWith('/'))
  const isSecretKey = createSecretKeys(keys, hashedKeys)
  const fieldOfKey = createHashedKeys(hashedKeys.map(fieldOf))
  const hashRules = hashed
    .filter((entry) => entry.startsWith('/'))
    .map((entry) => ({ path: fromPointer(entry), field: fieldOf(entry) }))
  const hashField = hashKey === undefined ? () => redactedMark : createFieldHash(hashKey)
  const compiled = new WeakMap<readonly string[], readonly Rule[]>()
  const shared = new WeakMap<object, unknown>()
  /** Of the event in hand: all of this is synchronous. */
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

  /** `field`: it stands below what is to be hashed. */
  function redact(value: unknown, rules: readonly Rule[], field?: string): unknown {
    if (typeof value !== 'object' || value === null) return hash(value, field)
    // Only what a context holds is frozen, all the way down, and shared by its events.
    if (rules.length === 0 && field === undefined && made === undefined && Object.isFrozen(value)) return redactShared(value)
    return redactObject(value, rules, field)
  }

  function redactShared(value: object): unknown {
    let redacted = shared.get(value)
    if (redacted === undefined) shared.set(value, (redacted = redactObject(value, [], undefined)))
    return redacted
  }

  function redactObject(value: object, rules: readonly Rule[], field: string | undefined): unknown {
    if (Array.isArray(value)) return redactArray(value, rules, field)
    const prototype = Object.getPrototypeOf(value) as unknown
    if (prototype === Object.prototype) return redactMembers(value as Record<string, unknown>, rules, field)
    if (value instanceof Map) return redactMap(value, rules, field)
    // In the trail it will be a list, and the application points at it as at one.
    if (value instanceof Set) return new Set(redactArray([...value], rules, field))
    return hash(value instanceof URL ? redactUrl(value) : value, field)
  }

  function hash(value: unknown, field: string | undefined): unknown {
    // That there is no value is no secret, and good to know.
    if (field === undefined || value === null || value === undefined || made?.has(value)) return value
    const text = hashField(value, field)
    made?.add(text)
    return text
  }

  function redactArray(values: readonly unknown[], rules: readonly Rule[], field: string | undefined): readonly unknown[] {
    let changed: unknown[] | undefined
    for (let index = 0; index < values.length; index++) {
      const value =
        rules.length > 0 ? redactMember(String(index), values[index], rules, field) : redact(values[index], rules, field)
      if (value === values[index]) continue
      changed ??= [...values]
      changed[index] = value
    }
    return changed ?? values
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
    for (const key of Object.keys(members)) {
      const value = redactMember(key, members[key], rules, field)
      if (value === members[key]) continue
      if (!changed) {
        changed = { ...members }
        const mark = Object.getOwnPropertyDescriptor(members, className)
        if (mark) Object.defineProperty(changed, className, mark)
      }
      setMember(changed, key, value)
    }
    return changed ?? members
  }

  function redactMember(key: string, value: unknown, rules: readonly Rule[], outer: string | undefined): unknown {
    if (value === null || value === undefined) return value
    const within = below(rules, key)
    return isSecret(key, within) ? redactedMark : redact(value, within, fieldAt(key, within) ?? outer)
  }

  function isSecret(key: string, within: readonly Rule[]): boolean {
    return isSecretKey(key) || within.some(({ path, field }) => path.length === 0 && field === undefined)
  }

  function fieldAt(key: string, within: readonly Rule[]): string | undefined {
    return within.find(({ path, field }) => path.length === 0 && field !== undefined)?.field ?? fieldOfKey(key)
  }

  function redactUrl(url: URL): URL {
    const redacted = new URL(url)
    if (redacted.username || redacted.password) redacted.username = redacted.password = 'redacted'
    redacted.search = redactQuery(url.search)
    // OAuth hands out tokens behind the hash, written like a query.
    redacted.hash = redactQuery(url.hash)
    return redacted.href === url.href ? url : redacted
  }

  function redactQuery(query: string): string {
    const parameters = new URLSearchParams(query.slice(1))
    const kept = new URLSearchParams()
    for (const [key, value] of parameters) {
      if (!isSecretKey(key)) kept.append(key, hash(value, fieldOfKey(key)) as string)
      else kept.set(key, 'redacted')
    }
    return kept.toString() === parameters.toString() ? query : kept.toString()
  }

  function redactChange(change: Change, rules: readonly Rule[]): Change {
    let within = rules
    let field: string | undefined
    for (const part of fromPointer(change.path)) {
      within = below(within, part)
      if (isSecret(part, within)) return { path: change.path, changed: true }
      field = fieldAt(part, within) ?? field
    }
    const redacted = { ...change }
    if ('from' in change) redacted.from = redact(change.from, within, field)
    if ('to' in change) redacted.to = redact(change.to, within, field)
    return redacted
  }

  return (event, pointers, known) => {
    made = known
    const rules = rulesOf(pointers)
    const metadata = redact(event.metadata, []) as AuditEvent['metadata']
    const payload = redact(event.payload, rules)
    const { changes } = event
    if (!changes && metadata === event.metadata && payload === event.payload) return event
    return { ...event, metadata, payload, ...(changes && { changes: changes.map((change) => redactChange(change, rules)) }) }
  }
}

/** Only a word can name a secret; to ask an object for one would be to call it. */
function nameOf(key: unknown): string {
  return typeof key === 'object' || key === undefined ? '' : String(key)
}

/** What is left of the rules that lead through `key`. */
function below(rules: readonly Rule[], key: string): readonly Rule[] {
  if (rules.length === 0) return rules
  return rules
    .filter(({ path: [first] }) => first === key || first === '*')
    .map(({ path, field }) => ({ path: path.slice(1), field }))
}
