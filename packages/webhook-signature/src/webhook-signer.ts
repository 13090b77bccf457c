import { createHmac, sign } from 'node:crypto'
import { parseSecrets, type Secret } from './secret.ts'
import { signedContent } from './signed-content.ts'
import { WebhookSignatureError } from './webhook-signature-error.ts'

export interface WebhookMessage {
  /** The value of `webhook-id`: the same for every try of the same content. It must not contain a dot, which separates the parts. */
  readonly id: string
  /** The value of `webhook-timestamp`: the time of this try, in whole seconds since 1970. */
  readonly timestamp: number
  /** The exact body that is sent. */
  readonly body: string | Uint8Array
}

export interface WebhookSigner {
  /** Returns the value of `webhook-signature`: one signature per secret, in order, separated by spaces. */
  sign(message: WebhookMessage): string
}

/**
 * Creates a signer for Standard Webhooks: `v1` with `whsec_…`, `v1a` with `whsk_…`. Several secrets sign at the same time, while
 * receivers change from one to the next. Throws `WEBHOOK_INVALID_SECRET`.
 */
export function webhookSigner(secrets: string | readonly string[]): WebhookSigner {
  const signers = parseSecrets(secrets).map(signerOf)
  return {
    sign({ id, timestamp, body }) {
      if (id === '' || id.includes('.')) throw new RangeError('The id of a webhook must be a text without a dot.')
      if (!Number.isSafeInteger(timestamp)) throw new RangeError('The timestamp of a webhook must be in whole seconds.')
      const content = signedContent(id, String(timestamp), body)
      return signers.map((signature) => signature(content)).join(' ')
    },
  }
}

function signerOf(secret: Secret): (content: Buffer) => string {
  if (secret.kind === 'shared') return (content) => `v1,${createHmac('sha256', secret.key).update(content).digest('base64')}`
  if (secret.kind === 'private') return (content) => `v1a,${sign(null, content, secret.key).toString('base64')}`
  throw new WebhookSignatureError('WEBHOOK_INVALID_SECRET', 'A public key (whpk_) cannot sign; give the private one (whsk_).')
}
