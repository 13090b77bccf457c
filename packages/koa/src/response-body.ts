/** Whether sending a body is itself the operation, which may break half-way. As Koa 2 and 3 tell them, and by what they can do. */
export function isStreamed(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || Buffer.isBuffer(body)) return false
  const { pipe, getReader, arrayBuffer } = body as { readonly [key: string]: unknown }
  // Node's streams; those of the web, of any realm; `Blob` and `Response`, which Koa 3 sends as streams.
  return typeof pipe === 'function' || typeof getReader === 'function' || typeof arrayBuffer === 'function'
}

/** Whether a body may stand for the payload of an event. */
export function isData(body: unknown): body is object {
  return typeof body === 'object' && body !== null && !isStreamed(body) && !Buffer.isBuffer(body)
}

/** Why Koa will not be able to send a body as JSON; undefined if it will. */
export function serializationError(body: unknown): { readonly error: unknown } | undefined {
  if (!isData(body)) return undefined
  try {
    JSON.stringify(body)
    return undefined
  } catch (error) {
    return { error }
  }
}
