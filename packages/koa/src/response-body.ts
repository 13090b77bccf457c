/**
 * True if sending a body is itself the operation, which may fail half-way. Decided as in Koa 2 and 3, and by the body's methods.
 */
export function isStreamed(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || Buffer.isBuffer(body)) return false
  const { pipe, getReader, arrayBuffer } = body as { readonly [key: string]: unknown }
  // Node's streams; those of the web, of any realm; `Blob` and `Response`, which Koa 3 sends as streams.
  return typeof pipe === 'function' || typeof getReader === 'function' || typeof arrayBuffer === 'function'
}

/** True if a body may be the payload of an event. */
export function isData(body: unknown): body is object {
  return typeof body === 'object' && body !== null && !isStreamed(body) && !Buffer.isBuffer(body)
}

/** Reason why Koa cannot send a body as JSON; undefined if it can. */
export function serializationError(body: unknown): { readonly error: unknown } | undefined {
  if (!isData(body)) return undefined
  try {
    JSON.stringify(body)
    return undefined
  } catch (error) {
    return { error }
  }
}
