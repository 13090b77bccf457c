import { parseArgs } from 'node:util'
import type { JournalKind } from './subject/journal-kind.ts'

/** Options of every harness on real processes. Numbers are whole and above zero. */
export interface CommandLine<Name extends string> {
  readonly numbers: Readonly<Record<Name, number>>
  readonly seed: number
  /** The journal that is tested: `file`, or the one of a negative control. */
  readonly journal: JournalKind
  readonly control: string | undefined
}

/** Reads `--<name> <number>` for each default, `--seed` and `--control`. Ends the process with 2 if there is another argument. */
export function readCommandLine<Name extends string>(
  usage: string,
  defaults: Readonly<Record<Name, number>>,
  controls: readonly JournalKind[],
): CommandLine<Name> {
  const names = Object.keys(defaults) as Name[]
  const options = Object.fromEntries([...names, 'seed', 'control'].map((name) => [name, { type: 'string' as const }]))
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: 'boolean' as const } } })
    if (values.help === true) {
      process.stdout.write(`${usage}\n`)
      process.exit()
    }
    const given = (name: string) => (values as Readonly<Record<string, string | undefined>>)[name]
    const numbers = Object.fromEntries(names.map((name) => [name, whole(name, given(name), defaults[name])]))
    const control = given('control')
    if (control !== undefined && !controls.some((known) => known === control)) {
      throw new Error(`--control: there is no '${control}'; there are ${controls.join(', ')}`)
    }
    const seed = whole('seed', given('seed'), Math.floor(Math.random() * 1e9) + 1)
    return { numbers: numbers as Record<Name, number>, seed, journal: (control as JournalKind | undefined) ?? 'file', control }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`)
    process.exit(2)
  }
}

function whole(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name}: '${text}' is not a whole number above 0`)
  return value
}
