/** A request that we ended ourselves. Its message says why, and goes on a sentence: it begins small and has no full stop. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
}
