import type { AuditEvent } from '@audit/core/sink'

/** The characters that Go's encoding/json escapes in addition, so that the text is safe in HTML. */
const HTML_UNSAFE = /[<>&\u2028\u2029]/g

/**
 * Encodes an event as Flipt's webhook sends it, byte for byte as Go writes it: the members of version 0.2 in its order, sorted keys
 * in the payload, no line end.
 */
export function fliptBody(event: AuditEvent): string {
  const { authentication, ip, email, name, picture } = event.metadata.actor
  const members = [
    ['version', '"0.2"'],
    ['type', JSON.stringify(event.type)],
    ['action', JSON.stringify(event.action)],
    ['metadata', JSON.stringify({ actor: withoutEmpty({ authentication, ip, email, name, picture }) })],
    ['payload', sortedJson(event.payload)],
    // Flipt's times have whole seconds.
    ['timestamp', JSON.stringify(`${event.timestamp.slice(0, 19)}Z`)],
    ['status', JSON.stringify(event.status)],
  ]
  return `{${members.map(([name, json]) => `"${name}":${json}`).join(',')}}`.replace(HTML_UNSAFE, escapeUnit)
}

/** Flipt omits unknown members, and writes no empty texts. */
function withoutEmpty(members: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value))
}

/** Sorts keys by their UTF-8 bytes, as Go does. A JavaScript object cannot: it puts keys that are numbers first. */
function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const keys = Object.keys(value).toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const texts = keys.map((key) => `${JSON.stringify(key)}:${sortedJson((value as Record<string, unknown>)[key])}`)
  return `{${texts.join(',')}}`
}

function escapeUnit(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
