/** The text that Standard Webhooks signs: `id.timestamp.body`, with the body as it is sent. */
export function signedContent(id: string, timestamp: string, body: string | Uint8Array): Buffer {
  const head = Buffer.from(`${id}.${timestamp}.`)
  return Buffer.concat([head, typeof body === 'string' ? Buffer.from(body) : body])
}
