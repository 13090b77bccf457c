import { keyLabel, parseTlogProof, parseVerifierKey, verifyTlogProof } from '@audit/proof'

/** The result of a correct proof. */
export interface CheckedProof {
  readonly origin: string
  readonly sequence: number
  /** The number of events that the checkpoint covers. */
  readonly size: number
  readonly signedBy: readonly string[]
}

/**
 * Checks that an event, byte for byte, is in the log that the proof names, at the index that it names. `event` may end with a
 * newline, as files do. Throws a `ProofError` with the reason if it is not, and if no key is given.
 */
export function checkProof(proof: string, event: Uint8Array, keys: readonly string[]): CheckedProof {
  const entry = withoutLineEnd(event)
  // A key may sign for several logs, so the proof itself names its log.
  const origin = parseTlogProof(proof).checkpoint.split('\n', 1)[0]!
  const { index, size, note } = verifyTlogProof(proof, entry, { origin, verifiers: keys.map(parseVerifierKey) })
  return { origin, sequence: index, size, signedBy: note.verified.map(keyLabel) }
}

function withoutLineEnd(text: Uint8Array): Uint8Array {
  if (text.at(-1) !== 0x0a) return text
  return text.subarray(0, text.at(-2) === 0x0d ? -2 : -1)
}
