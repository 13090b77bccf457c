import { ProofError, type ProofErrorCode } from '../src/index.ts'

/** The error code with which a call is refused; undefined if it is not. */
export function refusal(call: () => unknown): ProofErrorCode | undefined {
  try {
    call()
    return undefined
  } catch (error) {
    if (error instanceof ProofError) return error.code
    throw error
  }
}
