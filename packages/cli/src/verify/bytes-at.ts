/** True if these bytes are at that offset. For a few bytes, a loop is faster than any call of Buffer's. */
export function areBytesAt(bytes: Uint8Array, place: number, text: Uint8Array): boolean {
  if (place < 0 || place + text.length > bytes.length) return false
  for (let index = 0; index < text.length; index++) if (bytes[place + index] !== text[index]) return false
  return true
}
