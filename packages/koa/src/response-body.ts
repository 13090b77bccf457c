type BodyKind = 'stream' | 'data' | 'other'

/** Decided as in Koa 2 and 3, and by the body's methods. A body that cannot be read has a kind that is neither. */
function kindOfBody(body: unknown): BodyKind {
  if (typeof body !== 'object' || body === null) return 'other'
  try {
    if (Buffer.isBuffer(body)) return 'other'
    const { pipe, getReader, arrayBuffer } = body as { readonly [key: string]: unknown }
    // Node's streams; those of the web, of any realm; `Blob` and `Response`, which Koa 3 sends as streams.
    return [pipe, getReader, arrayBuffer].some((method) => typeof method === 'function') ? 'stream' : 'data'
  } catch {
    return 'other'
  }
}

/** True if sending a body is itself the operation, which may fail half-way. */
export function isStreamed(body: unknown): boolean {
  return kindOfBody(body) === 'stream'
}

/** True if a body may be the payload of an event. */
export function isData(body: unknown): body is object {
  return kindOfBody(body) === 'data'
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
