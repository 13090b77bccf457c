/** Decodes base64. Returns undefined for any other text: Node's decoder ignores unknown characters. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}
