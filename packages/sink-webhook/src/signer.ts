import { webhookSigner } from '@audit/webhook-signature'

/** Returns the headers that sign a message, with names in lower case. It is called for each try. */
export type Sign = (message: {
  /** The value of `webhook-id`. */
  readonly id: string
  /** The value of `webhook-timestamp`, in seconds since 1970. */
  readonly timestamp: number
  /** The exact body that is sent. */
  readonly body: Uint8Array
}) => Readonly<Record<string, string>>

/** Signs as in Standard Webhooks. Throws the problem of a secret, never the secret. */
export function signer(secret: string | readonly string[]): Sign {
  const { sign } = webhookSigner(secret)
  return (message) => ({ 'webhook-signature': sign(message) })
}
