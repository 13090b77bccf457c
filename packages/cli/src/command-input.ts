import { UsageError, type CommandInput } from './command.ts'

/** Returns the last value of an option. */
export function optionOf({ values }: CommandInput, name: string): string | undefined {
  return values.get(name)?.at(-1)
}

/** Throws a `UsageError` if the value is not a whole number of at least `min`. */
export function numberOf(input: CommandInput, name: string, min: number): number | undefined {
  const given = optionOf(input, name)
  if (given === undefined) return undefined
  if (!/^\d{1,9}$/.test(given) || Number(given) < min) throw new UsageError(`--${name}: give a whole number, ${min} or more.`)
  return Number(given)
}

/** Throws a `UsageError` if the option is missing or empty. */
export function requiredOption(input: CommandInput, name: string, why: string): string {
  const given = optionOf(input, name)
  if (given === undefined || given === '') throw new UsageError(`--${name} is missing: ${why}.`)
  return given
}

/**
 * Returns the arguments that are not options: each of `needed`, then the directory of the journal if the command reads one. Throws a
 * `UsageError` that names missing and additional arguments.
 */
export function positionalsOf(
  { positionals }: CommandInput,
  needed: readonly string[],
  options: { readonly takesJournal: boolean },
): readonly (string | undefined)[] {
  const missing = needed.slice(positionals.length)
  if (missing.length > 0) throw new UsageError(`Give ${missing.join(' and ')}.`)
  const extra = positionals[needed.length + (options.takesJournal ? 1 : 0)]
  if (extra !== undefined) throw new UsageError(`'${extra}' is one argument too many.`)
  return positionals
}
