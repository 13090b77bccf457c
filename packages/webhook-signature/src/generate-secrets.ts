import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { rawPrivateKey, rawPublicKey } from './secret.ts'

export interface WebhookKeyPair {
  /** `whsk_…`: for the sender only. */
  readonly privateKey: string
  /** `whpk_…`: for every receiver. */
  readonly publicKey: string
}

/** Generates a shared secret of 32 random bytes, `whsec_…`: for one sender and one receiver. */
export function generateWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}

/** Generates an Ed25519 key pair: receivers can verify with it, but not sign. */
export function generateWebhookKeyPair(): WebhookKeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const raw = rawPublicKey(publicKey)
  return {
    privateKey: `whsk_${Buffer.concat([rawPrivateKey(privateKey), raw]).toString('base64')}`,
    publicKey: `whpk_${raw.toString('base64')}`,
  }
}
