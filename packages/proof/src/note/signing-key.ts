import { createPrivateKey, createPublicKey, generateKeyPairSync, hkdfSync, sign, type KeyObject } from 'node:crypto'
import { decodeBase64, encodeBase64 } from '../base64.ts'
import { ProofError } from '../proof-error.ts'
import { checkKeyName, isKeyName, keyIdOf, keyIdText, signatureTypes } from './key-name.ts'
import { formatVerifierKey } from './verifier-key.ts'

/** Signs notes with a key in this process (`parseSigningKey`) or elsewhere (`createSigner`). */
export interface Signer {
  readonly name: string
  readonly keyId: number
  /** The text that verifiers need, see `parseVerifierKey`. */
  readonly verifierKey: string
  /** Returns the Ed25519 signature of these bytes: 64 bytes. */
  sign(text: Uint8Array): Uint8Array | Promise<Uint8Array>
  /** True if the key is in this process, so that signing takes microseconds. Left out: it may take as long as a KMS does. */
  readonly isLocal?: boolean
  /**
   * The secret that authenticates the groups of one log: 32 bytes, different for each origin. Left out: the signer has no secret
   * to derive it from, and events that were not signed when a process ended cannot be authenticated.
   */
  tagKey?(origin: string): Uint8Array
}

export interface SignerOptions {
  /**
   * A secret of at least 32 random bytes, the same at each start. It lets a service with a KMS key recognise its own unsealed
   * events.
   */
  readonly tagKey?: Uint8Array
}

const SEED_BYTES = 32
const TAG_KEY_BYTES = 32
const PREFIX = 'PRIVATE+KEY+'
/** The prefix of the 32 bytes of a private key in its DER form (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

/**
 * Generates a random key pair. `signingKey` is the secret, `PRIVATE+KEY+name+1a2b3c4d+base64`, as Go's `sumdb/note` writes it;
 * `verifierKey` is public. Throws `PROOF_MALFORMED` for a name that is empty or has spaces, control characters or a plus.
 */
export function generateKeyPair(name: string): { readonly signingKey: string; readonly verifierKey: string } {
  checkKeyName(name)
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-SEED_BYTES)
  const raw = rawPublicKey(publicKey)
  const encoded = encodeBase64(Buffer.concat([Buffer.of(signatureTypes.ed25519), seed]))
  const signingKey = `${PREFIX}${name}+${keyIdText(keyIdOf(name, 'ed25519', raw))}+${encoded}`
  return { signingKey, verifierKey: formatVerifierKey(name, raw) }
}

/** Reads a signing key in its text form. Throws `PROOF_MALFORMED`; the message never contains a part of the key. */
export function parseSigningKey(text: string): Signer {
  const malformed = (why: string) =>
    new ProofError('PROOF_MALFORMED', `This is not a signing key: ${why}. A signing key begins with ${PREFIX}.`)
  const [, name = '', id, encoded = ''] = /^PRIVATE\+KEY\+([^+]*)\+([0-9a-f]{8})\+(.+)$/su.exec(text) ?? []
  if (id === undefined) throw malformed('it does not have the form PRIVATE+KEY+name+id+key')
  if (!isKeyName(name)) throw malformed('its name is empty, or has a space or control character')
  const bytes = decodeBase64(encoded)
  if (bytes?.length !== 1 + SEED_BYTES || bytes[0] !== signatureTypes.ed25519)
    throw malformed('its last part is not an Ed25519 key')
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, bytes.subarray(1)]), format: 'der', type: 'pkcs8' })
  const tagKey = bytes.subarray(1)
  const signer = createSigner(name, rawPublicKey(createPublicKey(privateKey)), (text) => sign(null, text, privateKey), { tagKey })
  if (keyIdText(signer.keyId) !== id) throw malformed('its id belongs to another key')
  return { ...signer, isLocal: true }
}

/**
 * Creates a signer for a key that is elsewhere, in a KMS or an HSM: `sign` returns the Ed25519 signature of the bytes it gets. The
 * public key is the last 32 bytes of its DER form. Throws `PROOF_MALFORMED` for an invalid name or public key, and for a `tagKey`
 * that is shorter than 32 bytes.
 */
export function createSigner(name: string, publicKey: Uint8Array, sign: Signer['sign'], { tagKey }: SignerOptions = {}): Signer {
  const verifierKey = formatVerifierKey(name, publicKey)
  const signer = { name, keyId: keyIdOf(name, 'ed25519', publicKey), verifierKey, sign }
  if (tagKey === undefined) return signer
  if (!(tagKey instanceof Uint8Array) || tagKey.length < TAG_KEY_BYTES)
    throw new ProofError('PROOF_MALFORMED', `'tagKey' is too short. Give at least ${TAG_KEY_BYTES} random bytes.`)
  // A copy in a closure: it must not change with the caller's buffer, nor be printed with the signer.
  const secret = Buffer.from(tagKey)
  return { ...signer, tagKey: (origin) => tagKeyOf(secret, origin) }
}

/** With HKDF, the key of one log does not reveal the secret. */
function tagKeyOf(secret: Uint8Array, origin: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', `audit group tag 1\0${origin}`, TAG_KEY_BYTES))
}

function rawPublicKey(key: KeyObject): Uint8Array {
  return key.export({ format: 'der', type: 'spki' }).subarray(-SEED_BYTES)
}
