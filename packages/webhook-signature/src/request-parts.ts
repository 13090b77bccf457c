import { WebhookSignatureError } from './webhook-signature-error.ts'

/** The headers of a request as frameworks have them: `Headers`, Node's, Koa's, Express's, Fastify's, a Map, pairs. Names in any case. */
export type HeadersLike = Iterable<readonly [string, string]> | Readonly<Record<string, string | readonly string[] | undefined>>

export interface WebhookRequest {
  readonly headers: HeadersLike
  /** Exactly what came, before anything parsed it. */
  readonly body: string | Uint8Array
}

/** More than any sender needs, and little to look through. */
const MAX_HEADER_LENGTH = 8_192

/** The value of a header that must be there once. Throws `WEBHOOK_MISSING_HEADER` or `WEBHOOK_INVALID_HEADER`. */
export function requiredHeader(headers: HeadersLike, name: string): string {
  const values = entriesOf(headers).flatMap(([key, value]) => (key.toLowerCase() === name ? value : []))
  const [value, ...others] = values
  if (value === undefined || value === '') {
    throw new WebhookSignatureError('WEBHOOK_MISSING_HEADER', `The request has no header ${name}.`)
  }
  if (others.length > 0) throw invalidHeader(name, 'it is there more than once')
  if (value.length > MAX_HEADER_LENGTH) throw invalidHeader(name, `it is longer than ${MAX_HEADER_LENGTH} characters`)
  return value
}

export function invalidHeader(name: string, what: string): WebhookSignatureError {
  return new WebhookSignatureError('WEBHOOK_INVALID_HEADER', `The header ${name} is wrong: ${what}.`)
}

/** Throws `WEBHOOK_BODY_NOT_RAW` for what a parser made of the body: its text need not be what was signed. */
export function rawBody(body: unknown): string | Uint8Array {
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  throw new WebhookSignatureError(
    'WEBHOOK_BODY_NOT_RAW',
    'The body is not the bytes that came but what was made of them. Verify before parsing: express.raw({ type: "*/*" }), rawBody in Nest and Fastify, koa-body with includeUnparsed, or read the request yourself.',
  )
}

function entriesOf(headers: HeadersLike): readonly (readonly [string, string | readonly string[]])[] {
  if (Symbol.iterator in headers) return [...(headers as Iterable<readonly [string, string]>)]
  return Object.entries(headers).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]))
}
