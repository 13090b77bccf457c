import type { Change } from '../event/event.ts'
import { jsonValue } from '../event/json-value.ts'
import { toPointer } from '../copy/pointer.ts'

/** More changed fields than this are a replacement; the payload shows it. */
const MAX_CHANGES = 100

export interface ChangesOptions {
  /** Keys that only `before` has were removed. Otherwise they are unknown to the schema, and neither stored nor compared. */
  readonly removals: boolean
}

export interface Changes {
  readonly changes: readonly Change[]
  /** True if there are more. */
  readonly isCut: boolean
}

/**
 * Lists the fields that differ between two plain copies, by JSON pointer. Objects are compared member by member, anything else as
 * a whole.
 */
export function changesBetween(before: unknown, after: unknown, options: ChangesOptions): Changes {
  const changes: Change[] = []
  let isCut = false
  compare(before, after, [])
  return { changes, isCut }

  function compare(from: unknown, to: unknown, path: readonly string[]): void {
    if (isCut || from === to) return
    if (isMembers(from) && isMembers(to)) return compareMembers(from, to, path)
    if (isSameJson(jsonValue(from), jsonValue(to))) return
    isCut = changes.length === MAX_CHANGES
    if (!isCut) changes.push({ path: toPointer(path), ...(from !== undefined && { from }), ...(to !== undefined && { to }) })
  }

  function compareMembers(from: Record<string, unknown>, to: Record<string, unknown>, path: readonly string[]): void {
    for (const key of Object.keys(to)) compare(ownValue(from, key), to[key], [...path, key])
    if (!options.removals) return
    for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) compare(from[key], undefined, [...path, key])
  }
}

/**
 * Equal as the trail shows them. Node's own comparison asks values for their `constructor`, and throws if a payload made it
 * something else.
 */
function isSameJson(from: unknown, to: unknown): boolean {
  if (from === to) return true
  if (
    typeof from !== 'object' ||
    typeof to !== 'object' ||
    from === null ||
    to === null ||
    Array.isArray(from) !== Array.isArray(to)
  )
    return false
  const keys = Object.keys(from)
  const isSame = (key: string) => Object.hasOwn(to, key) && isSameJson(from[key as never], to[key as never])
  return keys.length === Object.keys(to).length && keys.every(isSame)
}

function ownValue(members: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(members, key) ? members[key] : undefined
}

function isMembers(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
