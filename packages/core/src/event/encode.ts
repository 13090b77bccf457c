import { hash } from 'node:crypto'
import type { AuditEvent, EncodedEvent } from './event.ts'
import { escapeUnsafe } from './escape.ts'
import { jsonValue } from './json-value.ts'

/** `,"source":"…","sequence":…,"crc":"…"}` comes behind the head and must fit as well. */
const TAIL_BYTES = 256

/**
 * One event as one line of JSON text, open at its end. Total: what does not fit into `maxBytes` loses its changes, then its payload,
 * and says so in `truncated`.
 */
export function encodeEvent(event: AuditEvent, maxBytes: number): EncodedEvent {
  let head = textOf(event)
  let byteLength = Buffer.byteLength(head)
  if (byteLength > maxBytes - TAIL_BYTES) {
    head = textOf(fitting(event, maxBytes - TAIL_BYTES))
    byteLength = Buffer.byteLength(head)
  }
  return { id: event.id, type: event.type, action: event.action, status: event.status, head, byteLength }
}

function textOf(event: AuditEvent): string {
  return escapeUnsafe(JSON.stringify(jsonValue(event)).slice(0, -1))
}

function fitting(event: AuditEvent, maxBytes: number): AuditEvent {
  const { changes, ...withoutChanges } = event
  const shorter = changes ? { ...withoutChanges, truncated: [...(event.truncated ?? []), '/changes'] } : event
  if (Buffer.byteLength(textOf(shorter)) <= maxBytes) return shorter
  const digest = hash('sha256', JSON.stringify(jsonValue(event.payload)) ?? '')
  return { ...shorter, payload: `[cut: sha256:${digest}]`, truncated: ['/payload', ...(changes ? ['/changes'] : [])] }
}
