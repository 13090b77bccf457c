import type { Command } from './command.ts'
import { table } from './terminal.ts'

const exits = [
  ['0', 'it is as it should be, or was done'],
  ['1', 'the check failed, nothing was found, or a sink refused'],
  ['2', 'wrong use'],
  ['3', 'it could not be done: unreadable, or no answer'],
  ['4', 'nothing is wrong, but not everything is proven (verify)'],
] as const

/** What there is. */
export function helpOfAll(commands: readonly Command[]): readonly string[] {
  return [
    'Reads, checks and looks after an audit trail that @audit/core has written.',
    '',
    'Usage: audit <command> [options]',
    '',
    ...table([
      ...commands.map(({ name, summary }) => [`  ${name}`, summary]),
      ['  help <command>', 'Everything about one of them'],
      ['  --version', 'Which one this is'],
    ]),
    '',
    'The journal is the directory that is given, else AUDIT_DIRECTORY, else the one that audit.yaml names, else .audit.',
    '',
    'Exit codes:',
    ...table(exits.map(([code, meaning]) => [`  ${code}`, meaning])),
  ]
}

/** Everything about one. */
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
