// A name and its value, in members of their own: `{ name: 'Authorization', value: '…' }`, as headers in a HAR, fields of a form,
// and differences are written.

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/** Members that hold the name of something. */
const NAMES = words(
  `name names key keys field fieldname fields header headername property propertyname prop attribute attributename attr path param
   parameter column columnname label k var variable setting option id type kind`,
)
/** Members that hold its value, or its previous value. */
const VALUES = words(
  `value values val v newvalue oldvalue newval oldval previousvalue currentvalue defaultvalue stringvalue rawvalue old new before after
   from to previous prev next current original content contents data text lhs rhs default raw answer input`,
)
/** Longer text is a sentence, which names nothing. */
const MAX_NAME = 64
const HAS_SPACE = /\s/
/** A word of letters: more likely an entry in a list of names than a secret. */
const WORD = /^[A-Za-z][A-Za-z_.-]{0,31}$/

export type MemberRole = 'name' | 'value'

/** The role of a member in an object that holds a name and its value. `key` is in lower case, of letters and digits alone. */
export function roleOf(key: string): MemberRole | undefined {
  return NAMES.has(key) ? 'name' : VALUES.has(key) ? 'value' : undefined
}

/** The name that a member holds: a text, or the last part of a path. */
export function nameIn(value: unknown): string | undefined {
  const name: unknown = Array.isArray(value) ? value.at(-1) : value
  return typeof name === 'string' && name.length <= MAX_NAME ? name : undefined
}

/** `['authorization', '…']` in a list of pairs. Outside of such a list it is a pair unless it looks like two names. */
export function isPair(values: readonly unknown[], isInPairs: boolean): values is readonly [string, unknown] {
  const [name, value] = values
  if (values.length !== 2 || typeof name !== 'string' || name.length > MAX_NAME || HAS_SPACE.test(name)) return false
  return isInPairs || typeof value !== 'string' || !WORD.test(value)
}

export function isListOfPairs(values: readonly unknown[]): boolean {
  return values.every((pair) => Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string')
}

/** Alternating names and values, as in Node's `rawHeaders`, and in command lines: `--token` and the value after it. */
export function namesNext(values: readonly unknown[], index: number, isAlternating: boolean): string | undefined {
  const name = index > 0 ? values[index - 1] : undefined
  if (typeof name !== 'string' || name.length > MAX_NAME) return undefined
  if (isAlternating) return index % 2 === 1 ? name : undefined
  return name.startsWith('-') && !HAS_SPACE.test(name) && !name.includes('=') ? name : undefined
}
