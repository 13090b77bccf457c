import { pathOf, type SchemaIssue } from '../event/schema.ts'
import { setMember } from '../event/set-member.ts'

export const invalidMark = '[invalid]'

/** A copy of a plain value in which every value that an issue names is masked. The shape stays: it is the evidence. */
export function maskInvalid(value: unknown, issues: readonly SchemaIssue[]): unknown {
  return issues.reduce((masked, issue) => maskAt(masked, pathOf(issue), unknownKeys(issue)), value)
}

function maskAt(value: unknown, path: readonly PropertyKey[], keys: readonly string[]): unknown {
  const [first, ...rest] = path
  if (first === undefined) return keys.length > 0 ? maskMembers(value, keys) : maskLeaves(value)
  const holder = value as Record<PropertyKey, unknown> | null
  const isHolder = typeof holder === 'object' && holder !== null && !(holder instanceof Map || holder instanceof Set)
  // A path into something that has no such member names a value we cannot find; masking its holder is the safe reading.
  if (!isHolder) return maskLeaves(value)
  if (!Object.hasOwn(holder, first)) return value
  return withMember(holder, first, maskAt(holder[first], rest, keys))
}

/** Validators say which keys they do not know instead of pointing at each: zod as `keys`. */
function unknownKeys(issue: SchemaIssue): readonly string[] {
  const keys = (issue as { keys?: unknown }).keys
  return Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : []
}

function maskMembers(value: unknown, keys: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return maskLeaves(value)
  return keys.reduce<object>((masked, key) => {
    const held = (masked as Record<string, unknown>)[key]
    return Object.hasOwn(masked, key) ? withMember(masked, key, maskLeaves(held)) : masked
  }, value)
}

function maskLeaves(value: unknown): unknown {
  if (value === null || value === undefined) return value
  if (Array.isArray(value)) return value.map(maskLeaves)
  if (typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return invalidMark
  const masked: Record<string, unknown> = {}
  for (const key of Object.keys(value)) setMember(masked, key, maskLeaves((value as Record<string, unknown>)[key]))
  return masked
}

function withMember(holder: object, key: PropertyKey, value: unknown): object {
  if (Array.isArray(holder)) return holder.with(Number(key), value)
  const copy = { ...holder } as Record<string, unknown>
  setMember(copy, String(key), value)
  return copy
}
