/**
 * The bytes of padded standard Base64 (RFC 4648, section 4), or undefined. Only the one text that the bytes have: what decoders
 * would let pass beside it could make two texts of one signature.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}
