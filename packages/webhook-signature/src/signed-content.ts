/** What a signature is over, by Standard Webhooks: `id.timestamp.body`, the body as it is sent. */
export function signedContent(id: string, timestamp: string, body: string | Uint8Array): Buffer {
  const head = Buffer.from(`${id}.${timestamp}.`)
  return Buffer.concat([head, typeof body === 'string' ? Buffer.from(body) : body])
}
