import { types } from 'node:util'

/**
 * Objects this large are compared by their length and first members; copying all of them again would take longer than the test.
 */
const MAX_MEMBERS = 300

/**
 * Everything about a value and its parts that could be changed, read without running any of its code: each object, its prototype,
 * its flags, its members' descriptors, and the contents of Maps and Sets.
 */
export function snapshotOf(value: unknown): readonly unknown[] {
  const parts: unknown[] = []
  const seen = new Set<unknown>()
  const waiting: unknown[] = [value]
  while (waiting.length > 0 && parts.length < 20_000) {
    const next = waiting.pop()
    if ((typeof next !== 'object' && typeof next !== 'function') || next === null || seen.has(next) || types.isProxy(next))
      continue
    seen.add(next)
    parts.push(numberOf(next), Object.isExtensible(next), Object.isFrozen(next))
    if (types.isTypedArray(next) || types.isStringObject(next)) continue
    const keys = Array.isArray(next)
      ? Array.from({ length: Math.min(next.length, MAX_MEMBERS) }, (_, index) => String(index))
      : Reflect.ownKeys(next)
    parts.push(keys.length)
    for (const key of keys.slice(0, MAX_MEMBERS)) {
      const member = Object.getOwnPropertyDescriptor(next, key)
      if (!member) continue
      const { value: held, get, set, enumerable, writable, configurable } = member
      parts.push(key, identityOf(held), identityOf(get), identityOf(set), enumerable, writable, configurable)
      waiting.push(held)
    }
    if (types.isMap(next)) for (const entry of first(Map.prototype.entries.call(next))) parts.push(...entry.map(identityOf))
    if (types.isSet(next)) for (const member of first(Set.prototype.values.call(next))) parts.push(identityOf(member))
    if (types.isDate(next)) parts.push(Date.prototype.getTime.call(next))
  }
  return parts
}

const numbers = new WeakMap<object, number>()
let count = 0

/** Comparing the objects themselves would look into them, so each has a number. */
function numberOf(value: object): number {
  if (!numbers.has(value)) numbers.set(value, ++count)
  return numbers.get(value)!
}

function identityOf(value: unknown): unknown {
  return (typeof value === 'object' && value !== null) || typeof value === 'function' ? numberOf(value) : value
}

function* first<T>(values: Iterable<T>): Generator<T> {
  let left = MAX_MEMBERS
  for (const value of values) {
    if (left-- === 0) return
    yield value
  }
}
