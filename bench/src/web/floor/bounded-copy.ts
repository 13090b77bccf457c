// One walk over a payload, as cheap as it can be: it runs none of the payload's code, and stops at fixed bounds.

const MAX_DEPTH = 8
const MAX_MEMBERS = 256
const MAX_TEXT = 8_192

/** A copy of own enumerable data properties. Getters and anything beyond the bounds become a marker. */
export function boundedCopy(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return value.length > MAX_TEXT ? value.slice(0, MAX_TEXT) : value
  if (typeof value !== 'object') return typeof value === 'function' || typeof value === 'symbol' ? undefined : value
  if (value === null) return null
  if (depth === MAX_DEPTH) return '[Too deep]'
  if (Array.isArray(value))
    return Array.from({ length: Math.min(value.length, MAX_MEMBERS) }, (_, key) => member(value, key, depth))
  if (value instanceof Date) return value
  const copy: Record<string, unknown> = {}
  const keys = Object.keys(value)
  for (let index = 0; index < keys.length && index < MAX_MEMBERS; index++) copy[keys[index]!] = member(value, keys[index]!, depth)
  return copy
}

function member(holder: object, key: PropertyKey, depth: number): unknown {
  const { value, get } = Object.getOwnPropertyDescriptor(holder, key) ?? {}
  return get ? '[Getter]' : boundedCopy(value, depth + 1)
}

const SECRET = /pass|secret|token|api.?key|authorization|cookie|credential|private.?key/i
const secrets = new Map<string, boolean>()

/** The value as JSON can write it, without the members whose key names a secret. */
export function redactedJson(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(redactedJson)
  if (value instanceof Date) return value.toISOString()
  const json: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    json[key] = isSecret(key) ? '[redacted]' : redactedJson((value as Record<string, unknown>)[key])
  }
  return json
}

function isSecret(key: string): boolean {
  let answer = secrets.get(key)
  if (answer === undefined) {
    answer = SECRET.test(key)
    if (secrets.size < 10_000) secrets.set(key, answer)
  }
  return answer
}
