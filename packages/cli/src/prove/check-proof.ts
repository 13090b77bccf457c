import { keyLabel, parseTlogProof, parseVerifierKey, verifyTlogProof } from '@audit/proof'

/** What a proof proves. */
export interface CheckedProof {
  readonly origin: string
  readonly sequence: number
  /** So many events the checkpoint covers. */
  readonly size: number
  readonly signedBy: readonly string[]
}

/**
 * Checks that an event, byte for byte, is in the log that it names, at the place that it names. `event` may end with a newline, as files
 * do. Throws a `ProofError` that says why not; without keys nothing can be believed, so at least one must be given.
 */
export function checkProof(proof: string, event: Uint8Array, keys: readonly string[]): CheckedProof {
  const entry = withoutLineEnd(event)
  // Whoever signs for several logs is believed for each of them.
  const origin = parseTlogProof(proof).checkpoint.split('\n', 1)[0]!
  const { index, size, note } = verifyTlogProof(proof, entry, { origin, verifiers: keys.map(parseVerifierKey) })
  return { origin, sequence: index, size, signedBy: note.verified.map(keyLabel) }
}

function withoutLineEnd(text: Uint8Array): Uint8Array {
  if (text.at(-1) !== 0x0a) return text
  return text.subarray(0, text.at(-2) === 0x0d ? -2 : -1)
}
