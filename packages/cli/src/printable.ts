/** Control, invisible and bidirectional characters, line ends and lone surrogates: an attacker may have written them into a log. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
/** The same without the line end, which JSON has between its members and escapes in its strings. */
const HARMFUL_IN_JSON = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/**
 * Returns the value as one line, without characters that control a terminal. A line of a trail may have any JSON where its format
 * says text: an object is printed as JSON, because its own `toString` may be anything.
 */
export function printable(value: unknown): string {
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
  return text.replace(HARMFUL, escaped)
}

/** The same for a text of several lines, such as a stack. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

/** Returns the value as JSON, with characters that control a terminal escaped. A missing value is `null`. */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value ?? null, null, indent).replace(HARMFUL_IN_JSON, escaped)
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
