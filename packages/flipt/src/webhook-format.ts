import type { EventFormat } from '@audit/core/sink'
import { fliptKnows, fliptMembers } from './flipt-event.ts'

/** The characters that Go's encoding/json escapes in addition, so that the text is safe in HTML. */
const HTML_UNSAFE = /[<>&\u2028\u2029]/g
const ORDER = ['version', 'type', 'action', 'metadata', 'payload', 'timestamp', 'status'] as const

/** The body of Flipt's webhook, audit version 0.2, byte for byte as Go writes it, for `webhookSink`. */
export const fliptWebhookFormat: EventFormat = {
  ...fliptKnows,
  encode(event) {
    const members = fliptMembers(event, ORDER).map(([name, json]) => `"${name}":${json}`)
    return `{${members.join(',')}}`.replace(HTML_UNSAFE, escapeUnit)
  },
}

function escapeUnit(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
