import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { decodeBase64 } from './base64.ts'
import { WebhookSignatureError } from './webhook-signature-error.ts'

/** `shared`: known to both sides, for `v1`. `private` and `public`: the sender's and the receivers' key, for `v1a`. */
export type Secret =
  | { readonly kind: 'shared'; readonly key: Buffer }
  | { readonly kind: 'private'; readonly key: KeyObject }
  | { readonly kind: 'public'; readonly key: KeyObject }

/** The specification's limits of a shared secret. */
const MIN_SHARED_BYTES = 24
const MAX_SHARED_BYTES = 64
const KEY_BYTES = 32

/** Parses at least one secret. Throws `WEBHOOK_INVALID_SECRET`, which names the wrong one and the reason, and shows none. */
export function parseSecrets(given: string | readonly string[]): readonly Secret[] {
  const texts: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (texts.length === 0) throw invalid('There are no secrets. Give at least one.')
  return texts.map((text, index) => parseSecret(text, texts.length > 1 ? `Secret ${index + 1}` : 'The secret'))
}

function parseSecret(text: unknown, which: string): Secret {
  if (typeof text !== 'string' || text === '') throw invalid(`${which} is not a text, or is empty.`)
  const prefix = text.slice(0, text.indexOf('_') + 1)
  const bytes = decodeBase64(text.slice(prefix.length))
  const known = prefix === 'whsec_' || prefix === 'whsk_' || prefix === 'whpk_'
  if (!known) throw invalid(`${which} does not begin with whsec_, whsk_ or whpk_. Create one with generateWebhookSecret().`)
  if (!bytes) throw invalid(`${which} is not base64 after ${prefix}. Check that it is complete and has no white space.`)
  if (prefix === 'whsec_') return { kind: 'shared', key: sharedKey(bytes, which) }
  return prefix === 'whsk_'
    ? { kind: 'private', key: privateKey(bytes, which) }
    : { kind: 'public', key: publicKey(bytes, which) }
}

function sharedKey(bytes: Buffer, which: string): Buffer {
  if (bytes.length >= MIN_SHARED_BYTES && bytes.length <= MAX_SHARED_BYTES) return bytes
  throw invalid(`${which} has ${bytes.length} bytes. A shared secret has ${MIN_SHARED_BYTES} to ${MAX_SHARED_BYTES}.`)
}

/** RFC 8032's private key of 32 bytes. It may be followed by its public key of 32 bytes. */
function privateKey(bytes: Buffer, which: string): KeyObject {
  if (bytes.length !== KEY_BYTES && bytes.length !== 2 * KEY_BYTES) {
    throw invalid(`${which} has ${bytes.length} bytes. A private key has 32, or 64 with its public key.`)
  }
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, bytes.subarray(0, KEY_BYTES)]), format: 'der', type: 'pkcs8' })
  if (bytes.length === 2 * KEY_BYTES && !rawPublicKey(key).equals(bytes.subarray(KEY_BYTES))) {
    throw invalid(`${which}: its public key does not match its private key.`)
  }
  return key
}

function publicKey(bytes: Buffer, which: string): KeyObject {
  if (bytes.length !== KEY_BYTES) throw invalid(`${which} has ${bytes.length} bytes. A public key has ${KEY_BYTES}.`)
  return createPublicKey({ key: Buffer.concat([SPKI_HEAD, bytes]), format: 'der', type: 'spki' })
}

/** The DER prefixes of the raw keys: RFC 8410, sections 4 and 7. */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex')
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The 32 bytes of the public key, also from a private one. */
export function rawPublicKey(key: KeyObject): Buffer {
  const own = key.type === 'private' ? createPublicKey(key) : key
  return own.export({ format: 'der', type: 'spki' }).subarray(SPKI_HEAD.length)
}

/** The 32 bytes of a private key. */
export function rawPrivateKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'pkcs8' }).subarray(PKCS8_HEAD.length)
}

function invalid(message: string): WebhookSignatureError {
  return new WebhookSignatureError('WEBHOOK_INVALID_SECRET', message)
}
