import { givenName, ownData } from '../copy/class-name.ts'
import { setMember } from '../copy/set-member.ts'

/**
 * Turns a plain copy into JSON values: dates and URLs as text, bigints in decimal, bytes in base64, Maps as objects (pairs if a
 * key is not a string), Sets as arrays, an instance of a class with its name in `@class`. Returns the value itself if nothing
 * changes.
 */
export function jsonValue(value: unknown): unknown {
  switch (typeof value) {
    case 'number':
      // JSON would silently write null.
      return Number.isFinite(value) ? value : String(value)
    case 'bigint':
      return String(value)
    case 'object':
      if (value === null) return null
      return Array.isArray(value) ? jsonArray(value) : jsonObject(value)
    default:
      return value
  }
}

function jsonArray(values: readonly unknown[]): readonly unknown[] {
  let changed: unknown[] | undefined
  for (let index = 0; index < values.length; index++) {
    const value = jsonValue(values[index])
    if (value === values[index]) continue
    changed ??= [...values]
    changed[index] = value
  }
  return changed ?? values
}

function jsonObject(value: object): unknown {
  const prototype = Object.getPrototypeOf(value) as unknown
  if (prototype === Object.prototype) return jsonMembers(value as Record<string, unknown>)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (value instanceof URL) return value.href
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
  if (value instanceof Set) return jsonArray([...value])
  if (value instanceof Map) return jsonMap(value)
  if (value instanceof Error) return { kind: givenName(value) ?? 'Error', code: ownData(value, 'code') }
  return jsonMembers(value as Record<string, unknown>)
}

function jsonMembers(members: Record<string, unknown>): Record<string, unknown> {
  const name = givenName(members)
  let changed: Record<string, unknown> | undefined = name ? { '@class': name, ...members } : undefined
  for (const key of Object.keys(members)) {
    const value = jsonValue(members[key])
    if (value === members[key]) continue
    changed ??= { ...members }
    setMember(changed, key, value)
  }
  return changed ?? members
}

function jsonMap(map: ReadonlyMap<unknown, unknown>): unknown {
  const pairs = [...map]
  if (!pairs.every(([key]) => typeof key === 'string')) return jsonArray(pairs.map(jsonArray))
  const object: Record<string, unknown> = {}
  for (const [key, value] of pairs) setMember(object, key as string, jsonValue(value))
  return object
}
