import { createHmac, timingSafeEqual } from 'node:crypto'
import { rawBody, requiredHeader, type WebhookRequest } from './request-parts.ts'
import { WebhookSignatureError } from './webhook-signature-error.ts'

const HEADER = 'x-flipt-webhook-signature'

/** Flipt's signature of a body: HMAC-SHA256 in lower-case hex, with the text of the secret as its key. */
export function fliptSignature(body: string | Uint8Array, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex')
}

/**
 * Verifies a request signed as Flipt does it, with any of the secrets. Throws a `WebhookSignatureError`. Flipt signs neither time nor
 * id, so whoever has seen a request can send it again: prefer `verifyWebhook` where the sender can be changed.
 */
export function verifyFliptWebhook(request: WebhookRequest, secret: string | readonly string[]): void {
  const secrets = [secret].flat()
  if (secrets.length === 0 || !secrets.every((each) => typeof each === 'string' && each !== '')) {
    throw new WebhookSignatureError('WEBHOOK_INVALID_SECRET', 'There is no secret, or an empty one.')
  }
  const body = rawBody(request.body)
  const given = Buffer.from(requiredHeader(request.headers, HEADER))
  for (const each of secrets) {
    const expected = Buffer.from(fliptSignature(body, each))
    if (given.length === expected.length && timingSafeEqual(given, expected)) return
  }
  throw new WebhookSignatureError(
    'WEBHOOK_SIGNATURE_MISMATCH',
    `The header ${HEADER} is not made with any of the secrets. Is it the secret of this sender, and the body exactly what came?`,
  )
}
