/** The reason of a failed check. Codes are stable; messages may change. */
export type ProofErrorCode =
  /** The input is not in the expected format: it was damaged, or made wrongly. */
  | 'PROOF_MALFORMED'
  /** The signature of a known key does not match the text. */
  | 'PROOF_BAD_SIGNATURE'
  /** No known key has signed, or witnesses have but the log has not. */
  | 'PROOF_UNSIGNED'
  /** The checkpoint is of another log. */
  | 'PROOF_WRONG_ORIGIN'
  /** The hashes do not lead to the root. */
  | 'PROOF_MISMATCH'
  /** A number that no tree has: an index not below the size, a consistency with the empty tree, a size beyond 2^53 - 1. */
  | 'PROOF_OUT_OF_RANGE'
  /** A hash that a proof needs is missing. */
  | 'PROOF_MISSING_HASH'

/** The only error this package throws: the input must not be trusted. */
export class ProofError extends Error {
  override readonly name: string = 'ProofError'
  readonly code: ProofErrorCode

  constructor(code: ProofErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
