import { hash } from 'node:crypto'
import { ProofError } from '../proof-error.ts'

/** Checks the rules of C2SP signed-note: no Unicode space, no plus. Also refuses control characters, which garble terminals. */
export function isKeyName(name: string): boolean {
  return name !== '' && !/[\s\p{Cc}\p{Cs}+]/u.test(name)
}

/** Throws `PROOF_MALFORMED`. */
export function checkKeyName(name: string): void {
  if (!isKeyName(name))
    throw new ProofError(
      'PROOF_MALFORMED',
      `${JSON.stringify(name)} is not a name for a key. Give one without spaces, control characters and plus.`,
    )
}

/** The signature types of C2SP that this package reads. */
export const signatureTypes = { ed25519: 1, cosignature: 4 } as const
/** `ed25519` signs the text; `cosignature`, that of a witness, signs the time and the text. */
export type SignatureType = keyof typeof signatureTypes

/** The first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key), as a number. */
export function keyIdOf(name: string, type: SignatureType, publicKey: Uint8Array): number {
  const bytes = Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(signatureTypes[type]), publicKey])
  return hash('sha256', bytes, 'buffer').readUInt32BE()
}

/** Identifies a key to people: `name+1a2b3c4d`, the beginning of its verifier key. */
export function keyLabel({ name, keyId }: { readonly name: string; readonly keyId: number }): string {
  return `${name}+${keyIdText(keyId)}`
}

/** The key id as keys and signatures show it: eight hexadecimal digits. */
export function keyIdText(keyId: number): string {
  return keyId.toString(16).padStart(8, '0')
}
