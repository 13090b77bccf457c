import { setMember } from '../copy/set-member.ts'

export const invalidMark = '[invalid]'

/** A place where a value does not fit its schema. */
export interface Misfit {
  readonly path: readonly PropertyKey[]
  readonly code: string
  /** Keys at that place that the schema does not know. */
  readonly keys: readonly string[]
}

type Members = Record<PropertyKey, unknown>
/** A member that can be replaced where it stands. */
interface Place {
  readonly holder: Members
  readonly key: PropertyKey
}
interface Found extends Place {
  /** Number of path parts that led here. */
  readonly parts: number
  /** Only the last part is missing: a required key. */
  readonly isMissing: boolean
}

/** True if the last part of the path is itself the misfit: a key that its schema refuses. */
function namesKey({ path, code }: Misfit): boolean {
  return code === 'invalid_key' && path.length > 0
}

/** The path without parts that may be values: a key that does not fit, keys of a Map, and places in the schema's own output. */
export function shownPath(value: unknown, misfit: Misfit): readonly PropertyKey[] {
  const { path } = misfit
  if (namesKey(misfit)) return [...path.slice(0, -1), invalidMark]
  const { parts, isMissing } = find({ value }, path)
  return isMissing || parts === path.length ? path : [...path.slice(0, parts), invalidMark]
}

/**
 * Masks every value, and every key, that does not fit. The shape stays: it is the evidence. Changes the value, which must be a
 * plain copy with no other owner; one copy for each of a thousand misfits would be slow.
 */
export function maskInvalid(value: unknown, misfits: readonly Misfit[]): unknown {
  const root = { value }
  const masks = keyMasks()
  for (const misfit of misfits) {
    const isKey = namesKey(misfit)
    const found = find(root, isKey ? misfit.path.slice(0, -1) : misfit.path)
    if (found.isMissing) continue
    if (isKey) maskKeys(found, [misfit.path.at(-1)!], masks)
    else if (misfit.keys.length > 0) maskKeys(found, misfit.keys, masks)
    else maskLeaves(found)
  }
  return root.value
}

/** Returns the place that a path leads to, or the last place on the way: the schema made the rest from its value. */
function find(root: { readonly value: unknown }, path: readonly PropertyKey[]): Found {
  let place: Place = { holder: root as Members, key: 'value' }
  for (const [parts, key] of path.entries()) {
    const held = place.holder[place.key]
    if (!isHolder(held)) return { ...place, parts, isMissing: false }
    if (!Object.hasOwn(held, key)) return { ...place, parts, isMissing: parts === path.length - 1 }
    place = { holder: held, key }
  }
  return { ...place, parts: path.length, isMissing: false }
}

function maskKeys(place: Place, keys: readonly PropertyKey[], masks: Iterator<string, never>): void {
  const held = place.holder[place.key]
  if (!isHolder(held) || Array.isArray(held)) return maskLeaves(place)
  for (const key of keys) {
    if (!Object.hasOwn(held, key)) continue
    const mask = masks.next().value
    // Keys inside are as unknown as the key itself.
    held[mask] = invalidMark
    delete held[key]
  }
}

/** True for a member whose key was masked. */
export function isMaskedMember(key: string, value: unknown): boolean {
  return value === invalidMark && /^\[invalid\](?: \d+)?$/.test(key)
}

function* keyMasks(): Generator<string, never> {
  yield invalidMark
  for (let count = 2; ; count++) yield `${invalidMark} ${count}`
}

function maskLeaves({ holder, key }: Place): void {
  const held = holder[key]
  if (held === null || held === undefined) return
  if (isHolder(held)) for (const inner of Object.keys(held)) maskLeaves({ holder: held, key: inner })
  else setMember(holder as Record<string, unknown>, key as string, invalidMark)
}

function isHolder(value: unknown): value is Members {
  return (
    Array.isArray(value) || (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
  )
}
