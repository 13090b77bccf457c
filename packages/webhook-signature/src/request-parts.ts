import { WebhookSignatureError } from './webhook-signature-error.ts'

/** Request headers in any framework's form: `Headers`, Node, Koa, Express, Fastify, a Map, pairs. Names in any case. */
export type HeadersLike = Iterable<readonly [string, string]> | Readonly<Record<string, string | readonly string[] | undefined>>

export interface WebhookRequest {
  readonly headers: HeadersLike
  /** The exact received bytes, before any parser. */
  readonly body: string | Uint8Array
}

/** Longer than any sender needs, and short to parse. */
const MAX_HEADER_LENGTH = 8_192

/** Returns the value of a header that must occur exactly once. Throws `WEBHOOK_MISSING_HEADER` or `WEBHOOK_INVALID_HEADER`. */
export function requiredHeader(headers: HeadersLike, name: string): string {
  const values = entriesOf(headers).flatMap(([key, value]) => (key.toLowerCase() === name ? value : []))
  const [value, ...others] = values
  if (value === undefined || value === '') {
    throw new WebhookSignatureError('WEBHOOK_MISSING_HEADER', `The request has no header ${name}.`)
  }
  if (others.length > 0) throw invalidHeader(name, 'it occurs more than once')
  if (value.length > MAX_HEADER_LENGTH) throw invalidHeader(name, `it is longer than ${MAX_HEADER_LENGTH} characters`)
  return value
}

export function invalidHeader(name: string, what: string): WebhookSignatureError {
  return new WebhookSignatureError('WEBHOOK_INVALID_HEADER', `The header ${name} is invalid: ${what}.`)
}

/** Throws `WEBHOOK_BODY_NOT_RAW` for a parsed body: its text may differ from the signed one. */
export function rawBody(body: unknown): string | Uint8Array {
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  throw new WebhookSignatureError(
    'WEBHOOK_BODY_NOT_RAW',
    'The body is parsed, not the received bytes. Verify before parsing: express.raw({ type: "*/*" }), rawBody in Nest and Fastify, koa-body with includeUnparsed, or read the request yourself.',
  )
}

function entriesOf(headers: HeadersLike): readonly (readonly [string, string | readonly string[]])[] {
  if (Symbol.iterator in headers) return [...(headers as Iterable<readonly [string, string]>)]
  return Object.entries(headers).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]))
}
