import { readTrail, type TrailFilter } from '@audit/core'
import { exitCodes, type Command, type CommandInput } from '../command.ts'
import { numberOf, optionOf, positionalsOf } from '../command-input.ts'
import { lineOf } from '../event-text.ts'
import { journalDirectory } from '../journal-directory.ts'
import { printableJson } from '../printable.ts'
import { keyOption, markedBy, proofMarksOf, type MarkedEvent } from '../proof-marks.ts'
import { painter } from '../terminal.ts'

const LIMIT = 20
/** There is one every minute. */
const BY_DEFAULT = ['!audit:sealed']

export const tailCommand: Command = {
  name: 'tail',
  summary: 'Shows who did what to which thing, the newest last',
  usage: 'audit tail [journal] [--follow] [--events patterns] [--actor who] [--target type/id] [--since time]',
  options: [
    { name: 'follow', summary: 'go on with what is recorded from now on, until Ctrl-C' },
    {
      name: 'events',
      value: 'patterns',
      multiple: true,
      summary: `noun:verb, * for any, ! for all but; with commas. Without: ${BY_DEFAULT.join()}`,
    },
    { name: 'actor', value: 'who', summary: 'the id or email address of who acted' },
    { name: 'target', value: 'type/id', summary: 'the thing acted upon' },
    { name: 'tenant', value: 'tenant', summary: 'whose data it was' },
    { name: 'since', value: 'time', summary: 'recorded then or later: 30m, 1h, 7d, or 2026-11-22T09:00:00Z' },
    { name: 'until', value: 'time', summary: 'recorded before then' },
    { name: 'limit', value: 'n', summary: `only the newest so many; without it ${LIMIT}, or with a time all` },
    keyOption,
    { name: 'json', summary: 'print each event as one line of JSON' },
  ],
  examples: [
    'audit tail --events "flag:*,!flag:read" --since 1h',
    'audit tail --target flag/flipt --actor ada@example.com --since 30d',
    'audit tail --follow --json | jq .payload',
  ],
  async run(input, io) {
    const [directory] = positionalsOf(input, 0, 1)
    const hasTime = input.values.has('since') || input.values.has('until')
    const limit = numberOf(input, 'limit', 0) ?? (hasTime ? undefined : LIMIT)
    const paint = painter(io.isTerminal)
    const journal = journalDirectory(directory, io.env)
    const marks = await proofMarksOf(input, journal, io.signal)
    const show = (event: MarkedEvent) => (input.flags.has('json') ? printableJson(event) : lineOf(event, paint))
    const events = readTrail(journal, {
      ...filterOf(input),
      ...(limit !== undefined && { limit }),
      follow: input.flags.has('follow'),
      signal: io.signal,
    })
    for await (const event of events) io.out(show(markedBy(marks, event)))
    return exitCodes.fine
  },
}

function filterOf(input: CommandInput): TrailFilter {
  const events = input.values.get('events')?.flatMap((list) => list.split(',').map((pattern) => pattern.trim()))
  const names = ['actor', 'target', 'tenant', 'since', 'until'] as const
  const given = names.map((name) => [name, optionOf(input, name)] as const).filter(([, value]) => value !== undefined)
  return { events: events ?? BY_DEFAULT, ...Object.fromEntries(given) }
}
