import { createSigner, generateKeyPair, parseSigningKey, type Signer } from '../../../packages/proof/dist/index.js'
import { SERVICE } from './service-life.ts'

type KeyPair = ReturnType<typeof generateKeyPair>

/** The key that every base is signed with. */
export const serviceKey: KeyPair = generateKeyPair(SERVICE)
/** The key that replaces the first one. */
export const nextKey: KeyPair = generateKeyPair(SERVICE)
/** A key of the same name that the attacker made. */
export const strangerKey: KeyPair = generateKeyPair(SERVICE)

/** The service's key as a KMS has it: it signs, and gives no key for tags. */
export function remoteSigner(isAway = false): Signer {
  const local = parseSigningKey(serviceKey.signingKey)
  // The key follows the algorithm's byte in the last part of the text.
  const [, , ...encoded] = serviceKey.verifierKey.split('+')
  const publicKey = Buffer.from(encoded.join('+'), 'base64').subarray(1)
  return createSigner(local.name, publicKey, (bytes) => {
    if (isAway) throw new Error('The signer is away.')
    return local.sign(bytes)
  })
}
