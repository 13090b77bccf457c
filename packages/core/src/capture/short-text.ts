import { firstCharacters } from '../copy/cut-text.ts'

const MAX_LENGTH = 256

/** A name, an id or a code as text of at most 256 characters, without asking the value itself. */
export function shortText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return firstCharacters(value, MAX_LENGTH)
    case 'number':
    case 'boolean':
      return String(value)
    case 'bigint':
      // A longer one would be slow to print.
      return BigInt.asIntN(256, value) === value ? String(value) : '[bigint]'
    default:
      return `[${typeof value}]`
  }
}
