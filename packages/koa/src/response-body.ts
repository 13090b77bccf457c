import { isStream } from '@audit/core/adapter'

type BodyKind = 'stream' | 'data' | 'other'

/** Decides as Koa 2 and 3 do, by the methods of the body. A body that cannot be read is `other`. */
function kindOfBody(body: unknown): BodyKind {
  if (typeof body !== 'object' || body === null) return 'other'
  try {
    if (Buffer.isBuffer(body)) return 'other'
    // `Blob` and `Response` have `arrayBuffer`; Koa 3 sends them as streams.
    return isStream(body) || typeof (body as Partial<Blob>).arrayBuffer === 'function' ? 'stream' : 'data'
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

/** Returns the error that Koa would get when it sends the body as JSON; undefined if it can. */
export function serializationError(body: unknown): { readonly error: unknown } | undefined {
  if (!isData(body)) return undefined
  try {
    JSON.stringify(body)
    return undefined
  } catch (error) {
    return { error }
  }
}
