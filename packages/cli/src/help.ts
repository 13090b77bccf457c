import type { Command } from './command.ts'
import { table } from './terminal.ts'

const exits = [
  ['0', 'the check passed, or the command was carried out'],
  ['1', 'the check failed, nothing was found, or a sink refused'],
  ['2', 'wrong arguments'],
  ['3', 'the command could not be carried out: unreadable input, or no answer from the service'],
  ['4', 'nothing is wrong, but not every event is proven (verify)'],
] as const

/** The help for all commands. */
export function helpOfAll(commands: readonly Command[]): readonly string[] {
  return [
    'Reads, checks and maintains audit trails of @audit/core.',
    '',
    'Usage: audit <command> [options]',
    '',
    ...table([
      ...commands.map(({ name, summary }) => [`  ${name}`, summary]),
      ['  help <command>', 'Shows the help of one command'],
      ['  --version', 'Shows the version'],
    ]),
    '',
    'The journal is the given directory, else AUDIT_DIRECTORY, else the directory in audit.yaml, else .audit.',
    '',
    'Exit codes:',
    ...table(exits.map(([code, meaning]) => [`  ${code}`, meaning])),
  ]
}

/** The help for one command. */
export function helpOf({ summary, usage, options, examples, note }: Command): readonly string[] {
  const rows = options.map(({ name, value, multiple, summary: about }) => [
    `  --${name}${value === undefined ? '' : ` <${value}>`}`,
    multiple ? `${about} (may be repeated)` : about,
  ])
  return [
    `${summary}.`,
    '',
    `Usage: ${usage}`,
    ...(note === undefined ? [] : ['', note]),
    ...(rows.length > 0 ? ['', 'Options:', ...table(rows)] : []),
    ...(examples.length > 0 ? ['', 'Examples:', ...examples.map((example) => `  ${example}`)] : []),
  ]
}
