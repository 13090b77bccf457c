import { hash } from 'node:crypto'
import type { AuditEvent, EncodedEvent } from './event.ts'
import { escapeUnsafe, replaceLoneSurrogates } from './escape.ts'
import { jsonValue } from './json-value.ts'

/** `,"source":"…","sequence":…,"crc":"…"}` comes behind the head and must fit as well. */
const TAIL_BYTES = 256
/** What is kept of a long list beside a payload that is cut: enough to see what was wrong with it. */
const KEPT_INVALID = 8

/**
 * One event as one line of JSON text, open at its end. Total: what does not fit into `maxBytes`, or cannot be written at all,
 * loses its changes, then its payload, then what stands around it, and says so in `truncated`.
 */
export function encodeEvent(event: AuditEvent, maxBytes: number): EncodedEvent {
  for (const candidate of everShorter(event)) {
    const head = textOf(candidate)
    const byteLength = Buffer.byteLength(head)
    if (head !== '' && byteLength <= maxBytes - TAIL_BYTES) return encoded(candidate, head, byteLength)
  }
  const skeleton = skeletonOf(event)
  const head = textOf(skeleton)
  return encoded(skeleton, head, Buffer.byteLength(head))
}

/** The facts are those of the text: whoever reads the line from disk later must come to the same ones. */
function encoded({ id, type, action, status, metadata }: AuditEvent, head: string, byteLength: number): EncodedEvent {
  const { tenant } = metadata
  return { id, type, action, status, ...(typeof tenant === 'string' && { tenant }), head, byteLength }
}

/** Empty if it cannot be written: whoever held the event on its way may have put anything into it. */
function textOf(event: unknown): string {
  try {
    return escapeUnsafe(replaceLoneSurrogates(JSON.stringify(jsonValue(event)))).slice(0, -1)
  } catch {
    return ''
  }
}

function* everShorter(event: AuditEvent): Generator<AuditEvent> {
  yield event
  const { changes, ...unchanged } = event
  if (changes) yield { ...unchanged, truncated: [...(event.truncated ?? []), '/changes'] }

  const cuts = changes ? ['/payload', '/changes'] : ['/payload']
  const { invalid, ...bare } = { ...unchanged, payload: digestOf(event.payload) }
  const few = invalid?.slice(0, KEPT_INVALID)
  if (few && few.length < invalid!.length) cuts.push('/invalid')
  const withoutPayload = { ...bare, ...(few && { invalid: few }), truncated: cuts }
  yield withoutPayload

  const { actor, request, tenant, restored } = event.metadata
  const metadata = { actor, ...(request && { request }), ...(tenant !== undefined && { tenant }), ...(restored && { restored }) }
  yield { ...withoutPayload, metadata, truncated: [...cuts, '/metadata'] }
}

function digestOf(payload: unknown): string {
  const text = textOf([payload])
  return text === '' ? '[unreadable]' : `[cut: sha256:${hash('sha256', text.slice(1))}]`
}

/** What the library itself wrote, and nothing of what it was given. */
function skeletonOf({ version, type, action, payload, timestamp, id, status, attempt }: AuditEvent): AuditEvent {
  return {
    version,
    type,
    action,
    metadata: { actor: { authentication: 'unknown' } },
    payload: digestOf(payload),
    timestamp,
    id,
    status,
    ...(attempt !== undefined && { attempt }),
    truncated: [''],
  }
}
