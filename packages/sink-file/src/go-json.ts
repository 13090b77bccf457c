/**
 * JSON as Go writes a map: members by name, in the order of their characters, also those that look like numbers and that
 * JavaScript would put first. For values that came out of JSON.
 */
export function goJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`
  const members = Object.entries(value).toSorted(([one], [other]) => byCharacters(one, other))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${goJson(member)}`).join(',')}}`
}

/** Where two texts part, at least one of them may be outside of the plane that JavaScript compares rightly. */
function byCharacters(one: string, other: string): number {
  let index = 0
  while (index < one.length && one.charCodeAt(index) === other.charCodeAt(index)) index++
  return rank(one.charCodeAt(index)) - rank(other.charCodeAt(index))
}

/** Surrogates stand for characters above all others; a text that ends comes first. */
function rank(unit: number): number {
  if (Number.isNaN(unit)) return -1
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}
