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

/** What the command takes beside its options, in order. Throws a `UsageError` if there are fewer or more. */
export function positionalsOf({ positionals }: CommandInput, least: number, most: number): readonly (string | undefined)[] {
  if (positionals.length < least) throw new UsageError('Something is missing.')
  if (positionals.length > most) throw new UsageError(`'${positionals[most]}' is too much.`)
  return positionals
}
