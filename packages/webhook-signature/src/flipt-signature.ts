import { createHmac, timingSafeEqual } from 'node:crypto'
import { rawBody, requiredHeader, type WebhookRequest } from './request-parts.ts'
import { WebhookSignatureError } from './webhook-signature-error.ts'

const HEADER = 'x-flipt-webhook-signature'

/** Signs a body as Flipt does: HMAC-SHA256 in lower-case hex, keyed with the text of the secret. */
export function fliptSignature(body: string | Uint8Array, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex')
}

/**
 * Verifies Flipt's signature of a request with any of the secrets. Throws a `WebhookSignatureError`. Flipt signs neither time nor
 * id, so anyone who has seen a request can send it again: prefer `verifyWebhook` if the sender can be changed.
 */
export function verifyFliptWebhook(request: WebhookRequest, secret: string | readonly string[]): void {
  const secrets = [secret].flat()
  if (secrets.length === 0 || !secrets.every((each) => typeof each === 'string' && each !== '')) {
    throw new WebhookSignatureError(
      'WEBHOOK_INVALID_SECRET',
      'A secret is missing or empty. Give at least one, each with a text.',
    )
  }
  const body = rawBody(request.body)
  const given = Buffer.from(requiredHeader(request.headers, HEADER))
  for (const each of secrets) {
    const expected = Buffer.from(fliptSignature(body, each))
    if (given.length === expected.length && timingSafeEqual(given, expected)) return
  }
  throw new WebhookSignatureError(
    'WEBHOOK_SIGNATURE_MISMATCH',
    `The header ${HEADER} does not match any of the secrets. Check that the secret is this sender's and that the body is unchanged.`,
  )
}
