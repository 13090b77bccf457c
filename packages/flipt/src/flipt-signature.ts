import { createHmac, timingSafeEqual } from 'node:crypto'
import { AuditError } from '@audit/core/sink'
import { rawBody, requiredHeader, WebhookSignatureError, type WebhookRequest } from '@audit/webhook-signature'

const HEADER = 'x-flipt-webhook-signature'

/** Signs a body as Flipt does: HMAC-SHA256 in lower-case hex, keyed with the text of the secret. */
export function fliptSignature(body: string | Uint8Array, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex')
}

/**
 * Signs requests as Flipt does, for the option `sign` of `webhookSink`. The secret is what Flipt calls `signing_secret`. Throws
 * `AUDIT_INVALID_OPTIONS` unless it is one text; the error does not show it.
 */
export function fliptSigner(secret: string | readonly string[]): FliptSign {
  const [only, ...others] = [secret].flat()
  if (others.length > 0) throw invalidSecret("Flipt's header holds one signature; give one secret")
  if (typeof only !== 'string' || only === '') throw invalidSecret('it is empty')
  return ({ body }) => ({ [HEADER]: fliptSignature(body, only) })
}

/** Returns the header that signs a body. */
export type FliptSign = (message: { readonly body: string | Uint8Array }) => Readonly<Record<string, string>>

function invalidSecret(what: string): AuditError {
  const problem = `secret: ${what}`
  return new AuditError('AUDIT_INVALID_OPTIONS', `The secret of fliptSigner is wrong: ${what}.`, { problems: [problem] })
}

/**
 * Verifies Flipt's signature of a request with any of the secrets. Throws a `WebhookSignatureError`. Flipt signs neither time nor
 * id, so anyone who has seen a request can send it again: prefer `verifyWebhook` if the sender can be changed.
 */
export function verifyFliptWebhook(request: WebhookRequest, secret: string | readonly string[]): void {
  const secrets = [secret].flat()
  if (secrets.length === 0 || !secrets.every((each) => typeof each === 'string' && each !== '')) {
    throw new WebhookSignatureError('WEBHOOK_INVALID_SECRET', 'A secret is missing or empty. Give one text, or a list of texts.')
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
