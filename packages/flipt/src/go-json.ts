/**
 * Encodes JSON as Go writes a map: members sorted by name, character by character. JavaScript would put names that look like
 * numbers first. For values that were parsed from JSON.
 */
export function goJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`
  const members = Object.entries(value).toSorted(([one], [other]) => byCharacters(one, other))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${goJson(member)}`).join(',')}}`
}

/** Compares by code point. JavaScript compares by UTF-16 unit, which is wrong for characters above U+FFFF. */
function byCharacters(one: string, other: string): number {
  let index = 0
  while (index < one.length && one.charCodeAt(index) === other.charCodeAt(index)) index++
  return rank(one.charCodeAt(index)) - rank(other.charCodeAt(index))
}

/** Surrogates stand for characters above all others. The end of a text comes first. */
function rank(unit: number): number {
  if (Number.isNaN(unit)) return -1
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}
