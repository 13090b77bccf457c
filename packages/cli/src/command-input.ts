import { UsageError, type CommandInput } from './command.ts'

/** The value of an option that is given once; of several, the last. */
export function optionOf({ values }: CommandInput, name: string): string | undefined {
  return values.get(name)?.at(-1)
}

/** Throws a `UsageError` if it is no whole number of at least `min`. */
export function numberOf(input: CommandInput, name: string, min: number): number | undefined {
  const given = optionOf(input, name)
  if (given === undefined) return undefined
  if (!/^\d{1,9}$/.test(given) || Number(given) < min) throw new UsageError(`--${name}: give a whole number, ${min} or more.`)
  return Number(given)
}

/** Throws a `UsageError` if it is missing. */
export function requiredOption(input: CommandInput, name: string, why: string): string {
  const given = optionOf(input, name)
  if (given === undefined || given === '') throw new UsageError(`--${name} is missing: ${why}.`)
  return given
}

/**
 * The words that are not options, in order: each of `needed`, then the directory of the journal if the command reads one. Throws a
 * `UsageError` that names what is missing or too much.
 */
export function positionalsOf(
  { positionals }: CommandInput,
  needed: readonly string[],
  options: { readonly takesJournal: boolean },
): readonly (string | undefined)[] {
  const missing = needed.slice(positionals.length)
  if (missing.length > 0) throw new UsageError(`Give ${missing.join(' and ')}.`)
  const extra = positionals[needed.length + (options.takesJournal ? 1 : 0)]
  if (extra !== undefined) throw new UsageError(`'${extra}' is one word too many.`)
  return positionals
}
