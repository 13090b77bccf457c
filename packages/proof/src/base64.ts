/**
 * Decodes padded standard Base64 (RFC 4648, section 4). Returns undefined for anything that an encoder would not write: a lenient
 * decoder would accept two texts for one signature.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}
