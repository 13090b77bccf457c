// The text of columns. SQLite stores UTF-8, which has no lone surrogates: two different texts would become one, and a tenant another.
// Node 22 reads a text only up to its first NUL.

const ESCAPE = '\u0001'

/** Returns the text as it is stored: different texts stay different. */
export function storedText(text: string): string {
  return text.startsWith(ESCAPE) || text.includes('\0') || !isWellFormed(text) ? `${ESCAPE}${JSON.stringify(text)}` : text
}

/** The reverse of `storedText`. */
export function readText(stored: string): string {
  return stored.startsWith(ESCAPE) ? (JSON.parse(stored.slice(1)) as string) : stored
}

function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text)
}

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/

/** Returns the 16 bytes of a UUID, half of what its text takes in two indexes; any other id as text. */
export function storedId(id: string): Uint8Array | string {
  return UUID.test(id) ? Buffer.from(id.replaceAll('-', ''), 'hex') : storedText(id)
}

/** The reverse of `storedId`. */
export function readId(stored: Uint8Array | string): string {
  if (typeof stored === 'string') return readText(stored)
  const hex = Buffer.from(stored).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
