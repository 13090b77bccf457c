import { fliptSignature, webhookSigner } from '@audit/webhook-signature'

/** Returns the headers that sign a message. */
export type Sign = (message: {
  readonly id: string
  readonly timestamp: number
  readonly body: Uint8Array
}) => Record<string, string>

/** Throws the problem of a secret, never the secret. */
export function signer(format: 'native' | 'flipt', secret: string | readonly string[]): Sign {
  if (format === 'native') {
    const { sign } = webhookSigner(secret)
    return (message) => ({ 'webhook-signature': sign(message) })
  }
  const [only, ...others] = [secret].flat()
  if (others.length > 0) throw new Error("Flipt's header holds one signature; give one secret")
  if (!only) throw new Error('it is empty')
  return ({ body }) => ({ 'x-flipt-webhook-signature': fliptSignature(body, only) })
}
