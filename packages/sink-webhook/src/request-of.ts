import type { Message } from './encode.ts'
import type { HttpRequest } from './post.ts'
import type { ResolvedWebhookSinkOptions } from './webhook-sink-options.ts'

const USER_AGENT = 'audit-sink-webhook'

/** Makes the request for a message, with the time and the signature of this try. */
export function requestOf(message: Message, options: ResolvedWebhookSinkOptions, now: number): HttpRequest {
  const { id, body } = message
  const timestamp = Math.floor(now / 1_000)
  return {
    path: options.url.pathname + options.url.search,
    body,
    headers: {
      'content-type': message.contentType,
      'user-agent': USER_AGENT,
      ...options.headers,
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      ...options.sign?.({ id, timestamp, body }),
    },
  }
}
