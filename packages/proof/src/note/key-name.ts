import { hash } from 'node:crypto'
import { ProofError } from '../proof-error.ts'

/** C2SP signed-note: a name has no Unicode space and no plus; nor, here, control characters, which would garble a terminal. */
export function isKeyName(name: string): boolean {
  return name !== '' && !/[\s\p{Cc}\p{Cs}+]/u.test(name)
}

/** Throws `PROOF_MALFORMED`. */
export function checkKeyName(name: string): void {
  if (!isKeyName(name))
    throw new ProofError(
      'PROOF_MALFORMED',
      `${JSON.stringify(name)} is no name of a key: give one without spaces, control characters and plus.`,
    )
}

/** The types of signatures that C2SP assigned and this package reads. */
export const signatureTypes = { ed25519: 1, cosignature: 4 } as const
/** `ed25519` is a signature of the text, `cosignature` one of a witness: of the time and the text. */
export type SignatureType = keyof typeof signatureTypes

/** SHA-256(name ‖ 0x0A ‖ type ‖ public key), its first four bytes, as a number. */
export function keyIdOf(name: string, type: SignatureType, publicKey: Uint8Array): number {
  const told = Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(signatureTypes[type]), publicKey])
  return hash('sha256', told, 'buffer').readUInt32BE()
}

/** How a key is told from others, to people: `name+1a2b3c4d`, the beginning of its verifier key. */
export function keyLabel({ name, keyId }: { readonly name: string; readonly keyId: number }): string {
  return `${name}+${keyIdText(keyId)}`
}

/** As keys and signatures show it: eight hexadecimal digits. */
export function keyIdText(keyId: number): string {
  return keyId.toString(16).padStart(8, '0')
}
