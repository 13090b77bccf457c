/** Control, invisible and bidirectional characters, line ends and lone surrogates: an attacker may have written them into a log. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
/** The same without the line end, which JSON has between its members and escapes in its strings. */
const HARMFUL_IN_JSON = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** Returns the text as one line, without characters that control a terminal. */
export function printable(text: unknown): string {
  return String(text).replace(HARMFUL, escaped)
}

/** Returns the value as JSON, with characters that control a terminal escaped. */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(HARMFUL_IN_JSON, escaped)
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
