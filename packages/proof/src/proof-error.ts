/** Why something is not believed. Codes are stable; messages may change. */
export type ProofErrorCode =
  /** It is not in the format it should be in; whoever made it is wrong, or it was damaged. */
  | 'PROOF_MALFORMED'
  /** A key that is known has not signed this text. */
  | 'PROOF_BAD_SIGNATURE'
  /** Nobody who is known has signed. */
  | 'PROOF_UNSIGNED'
  /** It speaks of another log. */
  | 'PROOF_WRONG_ORIGIN'
  /** The hashes do not lead to the root. */
  | 'PROOF_MISMATCH'
  /** A number that no tree has: a size below an index, a consistency with nothing. */
  | 'PROOF_OUT_OF_RANGE'
  /** A hash that the proof needs is not there. */
  | 'PROOF_MISSING_HASH'

/** The only error this package throws. It means: do not believe it. */
export class ProofError extends Error {
  override readonly name: string = 'ProofError'
  readonly code: ProofErrorCode

  constructor(code: ProofErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
