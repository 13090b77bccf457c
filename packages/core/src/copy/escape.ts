/**
 * Characters that end a line or redraw a terminal for some reader, although JSON allows them: C1 controls, U+2028 and similar,
 * zero-width and bidirectional controls, and the tag characters (as surrogate pairs).
 */
const UNSAFE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/
const EVERY_UNSAFE = new RegExp(UNSAFE, 'g')

/** Escapes them in JSON text, where `\uXXXX` means the same. One event stays one line for wc, jq, Python and Go alike. */
export function escapeUnsafe(json: string): string {
  // ASCII text, which most events are, has only one of them, and native code answers both questions.
  if (Buffer.byteLength(json) === json.length && !json.includes('\u007f')) return json
  return UNSAFE.test(json) ? json.replace(EVERY_UNSAFE, escapeUnits) : json
}

/** After `JSON.stringify` these are only lone surrogates: pairs are written as they are. Other escapes are skipped whole. */
const LONE_SURROGATE = /\\(?:ud[0-9a-f]{3}|.)/g

/**
 * Replaces lone surrogates in JSON text by U+FFFD. They are not characters, jq stops at two of them, and PostgreSQL refuses one.
 */
export function replaceLoneSurrogates(json: string): string {
  if (!json.includes('\\ud')) return json
  return json.replace(LONE_SURROGATE, (escape) => (escape.startsWith('\\ud') ? '\ufffd' : escape))
}

function escapeUnits(character: string): string {
  let escaped = ''
  for (let index = 0; index < character.length; index++) {
    escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`
  }
  return escaped
}

/** Prepares text for a message: a pointer is made of a payload's keys, and none of them may end the line or redraw a terminal. */
export function oneLine(text: string): string {
  return escapeUnsafe(JSON.stringify(text).slice(1, -1))
}

/** Returns the most bytes that a UTF-16 unit takes in escaped JSON text. */
export function escapedBytes(unit: number): number {
  if (unit === 0x22 || unit === 0x5c) return 2
  if (unit >= 0x20 && unit < 0x7f) return 1
  if (unit < 0x20 || unit < 0xa0) return 6
  if (unit < 0x800) return unit === 0x61c ? 6 : 2
  // A surrogate pair is four bytes of UTF-8, a lone surrogate or a tag six of text each; above U+2000 the unsafe ones are six.
  return unit < 0x2000 || (unit > 0x2069 && unit < 0xd800) ? 3 : 6
}
