import { parseArgs } from 'node:util'
import type { JournalKind } from './benchmark.ts'

export interface Command {
  readonly groups: readonly string[]
  readonly rounds: number
  readonly quick: boolean
  readonly journal: JournalKind
}

/** A wrong command line; the message says what to write instead. */
export class UsageError extends Error {}

const DEFAULT_ROUNDS = 5
const MAX_ROUNDS = 99

/** Returns `help` on request. Throws a `UsageError`. */
export function parseCommandLine(args: readonly string[], known: readonly string[]): Command | 'help' {
  const values = read(args)
  if (values.help) return 'help'
  const quick = values.quick ?? false
  return {
    groups: values.only === undefined ? known : groupsOf(values.only, known),
    rounds: values.rounds === undefined ? (quick ? 1 : DEFAULT_ROUNDS) : roundsOf(values.rounds),
    quick,
    journal: journalOf(values.journal ?? 'file'),
  }
}

export function usage(groups: readonly { readonly name: string; readonly title: string }[]): string {
  return `Measures @audit/core beside named peers, and writes docs/benchmarks.md and bench/results.

  npm run bench                            everything, ${DEFAULT_ROUNDS} rounds: some 20 minutes
  npm run bench -- --only journal          one group; the other tables stay as they are
  npm run bench -- --only call,paced       several
  npm run bench -- --rounds 7              more rounds, for a machine that is not quiet
  npm run bench -- --quick                 a minute or two: does all of it work? Writes no file
  npm run bench -- --journal memory        records into memory instead of files. Writes no file

Groups:
${groups.map(({ name, title }) => `  ${name.padEnd(10)} ${title}`).join('\n')}
`
}

function read(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        only: { type: 'string' },
        rounds: { type: 'string' },
        quick: { type: 'boolean' },
        journal: { type: 'string' },
      },
    })
    return values
  } catch (error) {
    throw new UsageError((error as Error).message.replaceAll('\n', ' '))
  }
}

function groupsOf(only: string, known: readonly string[]): readonly string[] {
  const names = only.split(',').map((name) => name.trim())
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length === 0) return known.filter((name) => names.includes(name))
  throw new UsageError(`--only: there is no group '${unknown.join("', '")}'. Give one or more of ${known.join(',')}.`)
}

function roundsOf(given: string): number {
  const rounds = Number(given)
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= MAX_ROUNDS) return rounds
  throw new UsageError(`--rounds: '${given}' is no whole number from 1 to ${MAX_ROUNDS}.`)
}

function journalOf(given: string): JournalKind {
  if (given === 'file' || given === 'memory') return given
  throw new UsageError(`--journal: '${given}' is neither file nor memory.`)
}
