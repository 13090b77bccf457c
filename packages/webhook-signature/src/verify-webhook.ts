import { createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto'
import { decodeBase64 } from './base64.ts'
import { invalidHeader, rawBody, requiredHeader, type WebhookRequest } from './request-parts.ts'
import { parseSecrets, type Secret } from './secret.ts'
import { signedContent } from './signed-content.ts'
import { WebhookSignatureError } from './webhook-signature-error.ts'

export interface VerifyWebhookOptions {
  /** The largest difference to the sender's clock in either direction, including the transfer. Default 300,000: five minutes. */
  readonly toleranceMs?: number
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number
}

/** The verified parts of a request. */
export interface VerifiedWebhook {
  /** The same for every try of the same content, so that a receiver recognises a repetition. */
  readonly id: string
  /** The time at which this try was signed. */
  readonly timestamp: Date
}

const TOLERANCE_MS = 300_000
/** Senders add one per secret. Later ones are ignored. */
const MAX_SIGNATURES = 20

/**
 * Verifies a Standard Webhooks request with any of the secrets: `whsec_…` for `v1`; `whpk_…`, or `whsk_…`, for `v1a`. Throws a
 * `WebhookSignatureError` with the reason. The same request verifies again within the tolerance: remember the ids you have seen.
 */
export function verifyWebhook(
  request: WebhookRequest,
  secret: string | readonly string[],
  options: VerifyWebhookOptions = {},
): VerifiedWebhook {
  const { toleranceMs, nowMs } = resolveOptions(options)
  const secrets = parseSecrets(secret)
  const body = rawBody(request.body)
  const id = requiredHeader(request.headers, 'webhook-id')
  const timestamp = requiredHeader(request.headers, 'webhook-timestamp')
  const signatures = requiredHeader(request.headers, 'webhook-signature').split(' ', MAX_SIGNATURES)
  if (id.includes('.')) throw invalidHeader('webhook-id', 'it contains a dot')
  const at = timeOf(timestamp, nowMs, toleranceMs)
  const content = signedContent(id, timestamp, body)
  if (!secrets.some((each) => signatures.some((signature) => isSignedBy(each, content, signature)))) {
    throw new WebhookSignatureError(
      'WEBHOOK_SIGNATURE_MISMATCH',
      "None of the signatures matches any of the secrets. Check that the secret is this sender's and that the body is unchanged.",
    )
  }
  return { id, timestamp: at }
}

/** Rejects anything that is not a number: a comparison with NaN would accept a request of any age. */
function resolveOptions(options: VerifyWebhookOptions): { readonly toleranceMs: number; readonly nowMs: number } {
  const { toleranceMs = TOLERANCE_MS, now = Date.now, ...unknown } = options
  const [first] = Object.keys(unknown)
  if (first !== undefined) throw invalidOption(first, 'there is no such option; use toleranceMs or now')
  if (!Number.isFinite(toleranceMs) || toleranceMs < 0) throw invalidOption('toleranceMs', 'give milliseconds, 0 or more')
  const nowMs = typeof now === 'function' ? now() : Number.NaN
  if (!Number.isFinite(nowMs)) throw invalidOption('now', 'give a function that returns milliseconds since 1970')
  return { toleranceMs, nowMs }
}

function invalidOption(name: string, what: string): WebhookSignatureError {
  return new WebhookSignatureError('WEBHOOK_INVALID_OPTIONS', `The options of verifyWebhook are invalid: ${name}: ${what}.`)
}

function timeOf(text: string, nowMs: number, toleranceMs: number): Date {
  if (!/^\d{1,12}$/.test(text)) throw invalidHeader('webhook-timestamp', 'it is not in whole seconds since 1970')
  const ms = Number(text) * 1_000
  const advice = `more than ${toleranceMs / 1_000} s. Check the clocks of both sides`
  if (nowMs - ms > toleranceMs)
    throw new WebhookSignatureError('WEBHOOK_TIMESTAMP_TOO_OLD', `The request is too old by ${advice}.`)
  if (ms - nowMs > toleranceMs) {
    throw new WebhookSignatureError('WEBHOOK_TIMESTAMP_TOO_NEW', `The request is from the future by ${advice}.`)
  }
  return new Date(ms)
}

/** Checks a secret only against signatures of its own kind, so that a public key is never used as a shared secret. */
function isSignedBy(secret: Secret, content: Buffer, signature: string): boolean {
  const comma = signature.indexOf(',')
  const version = signature.slice(0, comma)
  if (version !== (secret.kind === 'shared' ? 'v1' : 'v1a')) return false
  const bytes = decodeBase64(signature.slice(comma + 1))
  if (!bytes) return false
  if (secret.kind !== 'shared') {
    const key = secret.kind === 'private' ? createPublicKey(secret.key) : secret.key
    return bytes.length === 64 && verify(null, content, key, bytes)
  }
  const expected = createHmac('sha256', secret.key).update(content).digest()
  return bytes.length === expected.length && timingSafeEqual(bytes, expected)
}
