/** Bytes from base64, or nothing if it is not exactly that: Node's own decoder leaves out what it does not know. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}
