import { readTrail, type TrailFilter } from '@audit/core'
import { nearest } from '@audit/core/internal'
import { selectTrailLines } from '@audit/core/trail'
import { exitCodes, type Command, type CommandInput } from '../command.ts'
import { numberOf, optionOf, positionalsOf } from '../command-input.ts'
import { lineOf } from '../event-text.ts'
import { journalDirectory } from '../journal-directory.ts'
import { printable, printableJson } from '../printable.ts'
import { keyOption, markedBy, proofMarksOf, type MarkedEvent } from '../proof-marks.ts'
import { sourcesOf } from '../sources.ts'
import { painter } from '../terminal.ts'

const LIMIT = 20
/** Hides `audit:sealed`, which is recorded every minute. */
const BY_DEFAULT = ['!audit:sealed']

export const tailCommand: Command = {
  name: 'tail',
  summary: 'Shows who did what to which target, the newest event last',
  usage: 'audit tail [journal] [--follow] [--events patterns] [--actor who] [--target type/id] [--since time]',
  options: [
    { name: 'follow', summary: 'continue with new events until Ctrl-C' },
    {
      name: 'events',
      value: 'patterns',
      multiple: true,
      summary: `such as flag:*, *:deleted or !flag:read, separated by commas; default: ${BY_DEFAULT.join()}`,
    },
    { name: 'actor', value: 'who', summary: 'the id or email address of the actor' },
    { name: 'target', value: 'type/id', summary: 'the target of the operation' },
    { name: 'tenant', value: 'tenant', summary: 'only events of this tenant' },
    { name: 'since', value: 'time', summary: 'recorded at or after this time: 30m, 1h, 7d, or 2026-11-22T09:00:00Z' },
    { name: 'until', value: 'time', summary: 'recorded before this time' },
    { name: 'limit', value: 'n', summary: `only the newest n events; default: ${LIMIT}, or all if a time is given` },
    keyOption,
    { name: 'json', summary: 'print each event as one line of JSON' },
  ],
  examples: [
    'audit tail --events "flag:*,!flag:read" --since 1h',
    'audit tail --target flag/flipt --actor ada@example.com --since 30d',
    'audit tail --follow --json | jq .payload',
  ],
  async run(input, io) {
    const [given] = positionalsOf(input, [], { takesJournal: true })
    const directory = journalDirectory(given, io.env)
    const hasTime = input.values.has('since') || input.values.has('until')
    const limit = numberOf(input, 'limit', 1) ?? (hasTime ? undefined : LIMIT)
    const paint = painter(io.isTerminal)
    const show = (event: MarkedEvent) => (input.flags.has('json') ? printableJson(event) : lineOf(event, paint))
    const follow = input.flags.has('follow')
    if (!follow) await sourcesOf(directory)
    const marks = await proofMarksOf(input, directory, io.signal)
    const filter = filterOf(input)
    const signal = AbortSignal.any([io.signal, ...(io.outClosed ? [io.outClosed] : [])])
    let shown = 0
    for await (const line of selectTrailLines(directory, { ...filter, ...(limit !== undefined && { limit }), follow, signal })) {
      io.out(show(markedBy(marks, line)))
      shown++
    }
    if (shown > 0 || signal.aborted) return exitCodes.fine
    io.error(`audit tail: no event in '${printable(directory)}' matches.${await adviceOn(filter, directory, io.signal)}`)
    return exitCodes.no
  },
}

/** Suggests a name if the patterns have a noun or a verb that no event of the trail has. */
async function adviceOn({ events = [] }: TrailFilter, directory: string, signal: AbortSignal): Promise<string> {
  const nouns = new Set<string>()
  const verbs = new Set<string>()
  for await (const { type, action } of readTrail(directory, { signal })) {
    nouns.add(type)
    verbs.add(action)
  }
  const unknown = (word: string | undefined, kind: string, known: ReadonlySet<string>) => {
    if (word === undefined || word === '*' || known.has(word)) return ''
    const meant = nearest(word, known)
    return ` No event has the ${kind} '${printable(word)}'${meant ? `; did you mean '${printable(meant)}'?` : '.'}`
  }
  const wanted = events.filter((pattern) => !pattern.startsWith('!')).map((pattern) => pattern.split(':'))
  return wanted.map(([noun, verb]) => unknown(noun, 'noun', nouns) + unknown(verb, 'verb', verbs)).join('')
}

function filterOf(input: CommandInput): TrailFilter {
  const events = input.values.get('events')?.flatMap((list) => list.split(',').map((pattern) => pattern.trim()))
  const names = ['actor', 'target', 'tenant', 'since', 'until'] as const
  const given = names.map((name) => [name, optionOf(input, name)] as const).filter(([, value]) => value !== undefined)
  return { events: events ?? BY_DEFAULT, ...Object.fromEntries(given) }
}
