import { className, givenName } from '../copy/class-name.ts'
import type { Schema } from '../event/schema.ts'
import { setMember } from '../copy/set-member.ts'
import { jsonSchemaPlace } from './json-schema-place.ts'
import { invalidMark, isMaskedMember } from './mask-invalid.ts'
import type { NamedMembers, NamedPlace } from './named-place.ts'
import { isZod, zodPlace } from './zod-place.ts'

type BasicPlace = Exclude<NamedPlace, { choose: unknown }>

/** Limit for schemas that only refer to themselves; honest ones nest a few levels deep. */
const MAX_CHOICES = 64
/** A value that fits its schema has at most this many members to look at; the same bound as for copying. */
const MAX_LOOKS = 20_000

const placesOf = new WeakMap<Schema, readonly NamedPlace[]>()

/**
 * Returns the part of a misfit value that its schema names. Leaves out other members and items. A value of another kind than the
 * schema expects, or one that it would change, becomes `[invalid]`. So does the whole value if the schema names no members. The
 * value must be a plain copy. Never throws.
 */
export function onlyNamed(schema: Schema, value: unknown): unknown {
  if (value === null || value === undefined) return value
  try {
    const places = namesOf(schema)
    if (places.length === 0) return invalidMark
    const looks = { left: MAX_LOOKS }
    return places.reduce<unknown>((kept, place) => pruned(kept, [place], looks), value)
  } catch {
    return invalidMark
  }
}

/** The schema's input and its output must both name a member. Undefined if the schema names no members. */
function namesOf(schema: Schema): readonly NamedPlace[] {
  let places = placesOf.get(schema)
  if (!places) placesOf.set(schema, (places = isZod(schema) ? [zodPlace(schema)] : placesOfJsonSchema(schema)))
  return places
}

function placesOfJsonSchema(schema: Schema): readonly NamedPlace[] {
  const { jsonSchema } = schema['~standard']
  const places: NamedPlace[] = []
  for (const side of ['input', 'output'] as const) {
    for (const target of ['draft-2020-12', 'draft-07']) {
      try {
        places.push(jsonSchemaPlace(jsonSchema?.[side]({ target })))
        break
      } catch {
        // This draft, or this side, cannot be written as JSON schema.
      }
    }
    if (side === 'input' && places.length === 0) return []
  }
  return jsonSchema ? places : []
}

function pruned(value: unknown, places: readonly NamedPlace[], looks: { left: number }): unknown {
  if (value === null || value === undefined || value === invalidMark) return value
  if (looks.left-- <= 0) return invalidMark
  const basic = basicPlaces(places, value)
  if (basic.includes('anything')) return value
  const named = basic.filter((place) => typeof place === 'object')
  if (Array.isArray(value)) return prunedItems(value, named, looks) ?? invalidMark
  if (typeof value !== 'object') return basic.includes('scalar') ? value : invalidMark
  if (value instanceof Map) return prunedMap(value, named, looks) ?? invalidMark
  if (value instanceof Set) {
    const items = prunedItems([...value], named, looks)
    return items ? new Set(items) : invalidMark
  }
  if (Object.getPrototypeOf(value) === Object.prototype) return prunedMembers(value, named, looks) ?? invalidMark
  // A date, a URL, bytes. A schema does not name the class of an error.
  return basic.includes('scalar') && !(value instanceof Error) ? value : invalidMark
}

/** The places that a choice leads to. */
function basicPlaces(places: readonly NamedPlace[], value: unknown): readonly BasicPlace[] {
  const basic: BasicPlace[] = []
  const waiting = [...places]
  for (let choices = 0; waiting.length > 0; choices++) {
    if (choices > MAX_CHOICES) return []
    const place = waiting.pop()!
    if (typeof place === 'object' && 'choose' in place) waiting.push(...place.choose(value))
    else basic.push(place)
  }
  return basic
}

function prunedMembers(value: object, named: readonly NamedMembers[], looks: { left: number }): object | undefined {
  const holders = named.flatMap(({ member }) => member ?? [])
  if (holders.length === 0) return undefined
  const kept: Record<string, unknown> = {}
  for (const [key, member] of Object.entries(value)) {
    if (isMaskedMember(key, member)) setMember(kept, key, member)
    const places = holders.flatMap((place) => place(key) ?? [])
    if (places.length > 0) setMember(kept, key, pruned(member, places, looks))
  }
  const name = givenName(value)
  if (name !== undefined) Object.defineProperty(kept, className, { value: name })
  return kept
}

function prunedItems(
  values: readonly unknown[],
  named: readonly NamedMembers[],
  looks: { left: number },
): readonly unknown[] | undefined {
  const holders = named.flatMap(({ item }) => item ?? [])
  if (holders.length === 0) return undefined
  return values.map((value, index) =>
    pruned(
      value,
      holders.flatMap((place) => place(index) ?? []),
      looks,
    ),
  )
}

function prunedMap(
  value: ReadonlyMap<unknown, unknown>,
  named: readonly NamedMembers[],
  looks: { left: number },
): ReadonlyMap<unknown, unknown> | undefined {
  const entries = named.flatMap(({ entry }) => entry ?? [])
  if (entries.length === 0) return undefined
  const keys = entries.map(({ key }) => key)
  const values = entries.map((entry) => entry.value)
  return new Map([...value].map(([key, member]) => [pruned(key, keys, looks), pruned(member, values, looks)]))
}
