import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import { decodeBase64, encodeBase64 } from '../base64.ts'
import { ProofError } from '../proof-error.ts'
import { checkKeyName, keyIdOf, keyIdText, signatureTypes, type SignatureType } from './key-name.ts'

/** A public key whose signatures are trusted. */
export interface Verifier {
  readonly name: string
  readonly keyId: number
  /** `cosignature`: a witness, who signs the time as well. */
  readonly type: SignatureType
  /** Checks the bytes after the key id in a signature against the text. */
  verify(text: string, signature: Uint8Array): boolean
}

const PUBLIC_KEY_BYTES = 32
/** The prefix of the 32 bytes of a public key in its DER form (RFC 8410). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')

/**
 * Reads a verifier key in its text form, `name+1a2b3c4d+base64`, of a log (Ed25519) or a witness. Throws `PROOF_MALFORMED`, also if
 * the id in the middle does not match the key, which shows that a character was changed on the way.
 */
export function parseVerifierKey(text: string): Verifier {
  const malformed = (why: string) =>
    new ProofError(
      'PROOF_MALFORMED',
      `This is not a verifier key: ${why}. A verifier key looks like example.com/log+1a2b3c4d+AQ….`,
    )
  const [, name = '', id, encoded = ''] = /^([^+]*)\+([0-9a-f]{8})\+(.+)$/su.exec(text) ?? []
  if (id === undefined) throw malformed('it does not have the form name+id+key')
  checkKeyName(name)
  const bytes = decodeBase64(encoded)
  if (!bytes) throw malformed('its last part is not Base64')
  const type = (Object.keys(signatureTypes) as SignatureType[]).find((each) => signatureTypes[each] === bytes[0])
  if (!type) throw malformed(`its type is ${bytes[0]}, but only 1 (Ed25519) and 4 (Ed25519 of a witness) are supported`)
  const publicKey = bytes.subarray(1)
  if (publicKey.length !== PUBLIC_KEY_BYTES) throw malformed(`it has ${publicKey.length} bytes, not ${PUBLIC_KEY_BYTES}`)
  if (keyIdText(keyIdOf(name, type, publicKey)) !== id) throw malformed('its id belongs to another key')
  return createVerifier(name, type, publicKey)
}

/** Returns `name+1a2b3c4d+base64`. Throws `PROOF_MALFORMED` for an invalid name and a public key that does not have 32 bytes. */
export function formatVerifierKey(name: string, publicKey: Uint8Array, type: SignatureType = 'ed25519'): string {
  checkKeyName(name)
  if (publicKey.length !== PUBLIC_KEY_BYTES) {
    throw new ProofError('PROOF_MALFORMED', `An Ed25519 public key has ${PUBLIC_KEY_BYTES} bytes, not ${publicKey.length}.`)
  }
  const encoded = encodeBase64(Buffer.concat([Buffer.of(signatureTypes[type]), publicKey]))
  return `${name}+${keyIdText(keyIdOf(name, type, publicKey))}+${encoded}`
}

function createVerifier(name: string, type: SignatureType, bytes: Uint8Array): Verifier {
  const key = createPublicKey({ key: Buffer.concat([SPKI, bytes]), format: 'der', type: 'spki' })
  const check = type === 'ed25519' ? verifyText : verifyCosignature
  return { name, type, keyId: keyIdOf(name, type, bytes), verify: (text, signature) => check(key, text, signature) }
}

function verifyText(key: KeyObject, text: string, signature: Uint8Array): boolean {
  return verify(null, Buffer.from(text), key, signature)
}

/** C2SP tlog-cosignature: eight bytes of time, and a signature over them and the checkpoint. */
function verifyCosignature(key: KeyObject, text: string, signature: Uint8Array): boolean {
  const time = cosignatureTime(signature)
  return time !== undefined && verifyText(key, `cosignature/v1\ntime ${time}\n${text}`, signature.subarray(8))
}

/** The time at which a witness signed, in seconds since 1970; undefined if the bytes are not a cosignature. */
export function cosignatureTime(signature: Uint8Array): bigint | undefined {
  if (signature.length !== 72) return undefined
  const time = Buffer.from(signature).readBigUInt64BE()
  return time < 2n ** 63n ? time : undefined
}
