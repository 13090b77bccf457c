/** Controls, what joins, hides or turns text round, other line ends, and halves of characters: a log can hold what somebody hostile wrote. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
/** The same but for the line end: outside of its strings, where it is escaped anyway, JSON may have some. */
const HARMFUL_IN_JSON = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** Text as one line that a terminal shows and does not obey. */
export function printable(text: unknown): string {
  return String(text).replace(HARMFUL, escaped)
}

/** JSON that a terminal shows and does not obey, with the same meaning. */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(HARMFUL_IN_JSON, escaped)
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
