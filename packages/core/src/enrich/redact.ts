import type { AuditEvent, Change } from '../event/event.ts'
import { fromPointer } from '../event/pointer.ts'
import { className } from '../event/class-name.ts'
import { setMember } from '../event/set-member.ts'
import { createSecretKeys } from './secret-keys.ts'

export interface RedactionOptions {
  /** Keys that are secret besides those known out of the box. */
  readonly keys?: readonly string[]
}

export const redactedMark = '[redacted]'

/** A pointer into the payload, in parts; `*` is any one key or index. */
type Path = readonly string[]

/**
 * Takes the secrets out of events: by key everywhere, by pointer in the payload and its changes. Returns a new event, or the
 * same.
 */
export type Redactor = (event: AuditEvent, pointers: readonly string[]) => AuditEvent

export function createRedactor(options: RedactionOptions): Redactor {
  const isSecretKey = createSecretKeys(options.keys ?? [])
  const compiled = new WeakMap<readonly string[], readonly Path[]>()

  function pathsOf(pointers: readonly string[]): readonly Path[] {
    let paths = compiled.get(pointers)
    if (!paths) compiled.set(pointers, (paths = pointers.map(fromPointer)))
    return paths
  }

  function redact(value: unknown, paths: readonly Path[]): unknown {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return redactArray(value, paths)
    const prototype = Object.getPrototypeOf(value) as unknown
    if (prototype === Object.prototype) return redactMembers(value as Record<string, unknown>, paths)
    if (value instanceof Map) return redactMap(value, paths)
    // In the trail it will be a list, and the application points at it as at one.
    if (value instanceof Set) return new Set(redactArray([...value], paths))
    if (value instanceof URL) return redactUrl(value)
    return value
  }

  function redactArray(values: readonly unknown[], paths: readonly Path[]): readonly unknown[] {
    let changed: unknown[] | undefined
    for (let index = 0; index < values.length; index++) {
      const value = paths.length > 0 ? redactMember(String(index), values[index], paths) : redact(values[index], paths)
      if (value === values[index]) continue
      changed ??= [...values]
      changed[index] = value
    }
    return changed ?? values
  }

  function redactMap(map: ReadonlyMap<unknown, unknown>, paths: readonly Path[]): ReadonlyMap<unknown, unknown> {
    return new Map([...map].map(([key, member]) => [redact(key, []), redactMember(nameOf(key), member, paths)]))
  }

  function redactMembers(members: Record<string, unknown>, paths: readonly Path[]): Record<string, unknown> {
    let changed: Record<string, unknown> | undefined
    for (const key of Object.keys(members)) {
      const value = redactMember(key, members[key], paths)
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

  function redactMember(key: string, value: unknown, paths: readonly Path[]): unknown {
    const within = below(paths, key)
    const secret = isSecretKey(key) || within.some((path) => path.length === 0)
    // That there is no value is no secret, and good to know.
    return secret && value !== null && value !== undefined ? redactedMark : redact(value, within)
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
    const secrets = [...parameters.keys()].filter(isSecretKey)
    for (const key of secrets) parameters.set(key, 'redacted')
    return secrets.length > 0 ? parameters.toString() : query
  }

  function redactChange(change: Change, paths: readonly Path[]): Change {
    let within = paths
    for (const part of fromPointer(change.path)) {
      within = below(within, part)
      if (isSecretKey(part) || within.some((path) => path.length === 0)) return { path: change.path, changed: true }
    }
    const redacted = { ...change }
    if ('from' in change) redacted.from = redact(change.from, within)
    if ('to' in change) redacted.to = redact(change.to, within)
    return redacted
  }

  return (event, pointers) => {
    const paths = pathsOf(pointers)
    const metadata = redact(event.metadata, []) as AuditEvent['metadata']
    const payload = redact(event.payload, paths)
    const { changes } = event
    if (!changes && metadata === event.metadata && payload === event.payload) return event
    return { ...event, metadata, payload, ...(changes && { changes: changes.map((change) => redactChange(change, paths)) }) }
  }
}

/** Only a word can name a secret; to ask an object for one would be to call it. */
function nameOf(key: unknown): string {
  return typeof key === 'object' || key === undefined ? '' : String(key)
}

/** What is left of the paths that lead through `key`. */
function below(paths: readonly Path[], key: string): readonly Path[] {
  if (paths.length === 0) return paths
  return paths.filter(([first]) => first === key || first === '*').map((path) => path.slice(1))
}
