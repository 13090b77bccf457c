/** A request that we ended ourselves. Its message gives the reason as part of a sentence: no capital, no full stop. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
}
