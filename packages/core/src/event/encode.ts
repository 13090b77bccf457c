import { hash } from 'node:crypto'
import type { AuditEvent, EncodedEvent } from './event.ts'
import { escapeUnsafe, replaceLoneSurrogates } from '../copy/escape.ts'
import { jsonValue } from './json-value.ts'

/** The journal appends `,"source":"…","sequence":…,"crc":"…"}` to the head; it must fit as well. */
const TAIL_BYTES = 256
/** Number of misfits that are kept with a cut payload: enough to see what was wrong with it. */
const KEPT_INVALID = 8

/**
 * Encodes one event as one line of JSON text, open at its end. Accepts any event: if it does not fit into `maxBytes`, or cannot
 * be written, it loses its changes, then its payload, then the other members, and `truncated` lists them.
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

/** Reads an event back from its text. */
export function decodeEvent({ head }: EncodedEvent): AuditEvent {
  return JSON.parse(`${head}}`) as AuditEvent
}

/** The fields must match the text: a later reader of the line must find the same values. */
function encoded({ id, type, action, status, metadata }: AuditEvent, head: string, byteLength: number): EncodedEvent {
  const { tenant } = metadata
  return typeof tenant === 'string'
    ? { id, type, action, status, tenant, head, byteLength }
    : { id, type, action, status, head, byteLength }
}

/** Empty if it cannot be written: code that handled the event before may have put anything into it. */
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

/** The members that the library itself wrote, without any value it was given. */
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
