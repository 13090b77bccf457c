import { setMember } from '../event/set-member.ts'

export const invalidMark = '[invalid]'

/** Where a value does not fit its schema. */
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

/** True if the last part of the path is itself what does not fit: a key that its schema refuses. */
export function namesKey({ path, code }: Misfit): boolean {
  return code === 'invalid_key' && path.length > 0
}

/**
 * Masks every value, and every key, that does not fit. The shape stays: it is the evidence. Changes the value, which must be a plain
 * copy that nobody else holds; with a thousand misfits, a thousand copies would take their time.
 */
export function maskInvalid(value: unknown, misfits: readonly Misfit[]): unknown {
  const root = { value }
  const masks = keyMasks()
  for (const misfit of misfits) {
    const isKey = namesKey(misfit)
    const place = placeOf(root, isKey ? misfit.path.slice(0, -1) : misfit.path)
    if (isKey) maskKeys(place, [misfit.path.at(-1)!], masks)
    else if (misfit.keys.length > 0) maskKeys(place, misfit.keys, masks)
    else if (place) maskLeaves(place)
  }
  return root.value
}

/** The place that a path leads to, the last one on the way that can be found, or nothing if only the last key is missing. */
function placeOf(root: { readonly value: unknown }, path: readonly PropertyKey[]): Place | undefined {
  let place: Place = { holder: root as Members, key: 'value' }
  for (const [index, key] of path.entries()) {
    const held = place.holder[place.key]
    // A schema that looked into what has no such members has looked at something it made itself, of whatever is here.
    if (!isHolder(held)) return place
    if (!Object.hasOwn(held, key)) return index === path.length - 1 ? undefined : place
    place = { holder: held, key }
  }
  return place
}

function maskKeys(place: Place | undefined, keys: readonly PropertyKey[], masks: Iterator<string, never>): void {
  if (!place) return
  const held = place.holder[place.key]
  if (!isHolder(held) || Array.isArray(held)) return maskLeaves(place)
  for (const key of keys) {
    if (!Object.hasOwn(held, key)) continue
    const mask = masks.next().value
    held[mask] = held[key]
    delete held[key]
    maskLeaves({ holder: held, key: mask })
  }
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
  return Array.isArray(value) || (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
}
