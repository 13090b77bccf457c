import type { AuditEvent } from '@audit/core/sink'

/** Values of the payload by JSON pointer (RFC 6901). An event matches if each value is equal. */
export type PayloadFilter = Readonly<Record<string, string | number | boolean | null>>

const MAX_POINTERS = 20
const MAX_POINTER = 1_024

/** Returns a test of events, and the problems of the filter. */
export function payloadTest(filter: PayloadFilter): {
  readonly test: (event: AuditEvent) => boolean
  readonly problems: readonly string[]
} {
  const isObject = typeof filter === 'object' && filter !== null && !Array.isArray(filter)
  const entries = isObject ? Object.entries(filter) : []
  const problems = [
    ...(isObject ? [] : ["payload: give values by JSON pointer, such as { '/enabled': true }"]),
    ...(entries.length > MAX_POINTERS ? [`payload: give at most ${MAX_POINTERS} pointers`] : []),
    ...entries.flatMap(([pointer, value]) => problemWith(pointer, value)),
  ]
  const parts = entries.map(([pointer, value]) => [namesOf(pointer), value] as const)
  return { test: ({ payload }) => parts.every(([names, value]) => valueAt(payload, names) === value), problems }
}

function problemWith(pointer: string, value: unknown): readonly string[] {
  const shown = JSON.stringify(pointer.slice(0, 64))
  if (pointer.length > MAX_POINTER || (pointer !== '' && !pointer.startsWith('/')) || /~(?![01])/.test(pointer))
    return [`payload: ${shown} is not a JSON pointer; write '/enabled'`]
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return []
  return [`payload: the value at ${shown} must be a text, a number, true, false or null`]
}

function namesOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function valueAt(payload: unknown, names: readonly string[]): unknown {
  let value = payload
  for (const name of names) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    if (Array.isArray(value) && !/^(?:0|[1-9]\d*)$/.test(name)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[name]
  }
  return value
}
