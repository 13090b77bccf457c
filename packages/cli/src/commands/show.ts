import type { AuditEvent } from '@audit/core'
import { selectTrailLines, type TrailLine } from '@audit/core/trail'
import { exitCodes, UsageError, type Command } from '../command.ts'
import { positionalsOf } from '../command-input.ts'
import { pageOf } from '../event-text.ts'
import { journalDirectory } from '../journal-directory.ts'
import { printable, printableJson } from '../printable.ts'
import { keyOption, markedBy, proofMarksOf } from '../proof-marks.ts'
import { painter } from '../terminal.ts'

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const SEQUENCE = /^\d{1,15}$/

export const showCommand: Command = {
  name: 'show',
  summary: 'Shows an event with all members, and its attempt or outcome',
  usage: 'audit show <id | sequence> [journal] [--json]',
  options: [keyOption, { name: 'json', summary: 'print a JSON list of the events' }],
  examples: ['audit show 01a2065a-4045-701a-a01a-5a4b7edd25be', 'audit show 41 .audit/flags-api-7nucxtic'],
  async run(input, io) {
    const [which = '', given] = positionalsOf(input, ['the id of an event, or its sequence'], { takesJournal: true })
    if (!ID.test(which.toLowerCase()) && !SEQUENCE.test(which))
      throw new UsageError(`'${which}' is neither the id of an event nor a sequence.`)
    const directory = journalDirectory(given, io.env)
    const marks = await proofMarksOf(input, directory, io.signal)
    const found = (await eventsOf(directory, which.toLowerCase(), io.signal)).map((line) => markedBy(marks, line))
    if (input.flags.has('json')) io.out(printableJson(found, 2))
    if (found.length === 0) {
      io.error(`audit show: there is no event ${printable(which)} in '${printable(directory)}'.`)
      return exitCodes.no
    }
    if (!input.flags.has('json')) io.out(found.map((event) => pageOf(event, painter(io.isTerminal)).join('\n')).join('\n\n'))
    return exitCodes.fine
  },
}

/** Finds events in the order of the trail. Several logs may have an event with the same sequence. */
async function eventsOf(directory: string, which: string, signal: AbortSignal): Promise<readonly TrailLine[]> {
  const asked = await find(directory, signal, (event) =>
    SEQUENCE.test(which) ? event.sequence === Number(which) : event.id === which,
  )
  if (asked.length === 0) return []
  // Each outcome names its attempt.
  const attempts = new Set(asked.map(({ event: { id, attempt } }) => attempt ?? id))
  return find(directory, signal, ({ id, attempt }) => attempts.has(id) || (attempt !== undefined && attempts.has(attempt)))
}

async function find(directory: string, signal: AbortSignal, isIt: (event: AuditEvent) => boolean): Promise<TrailLine[]> {
  const found: TrailLine[] = []
  for await (const line of selectTrailLines(directory, { signal })) if (isIt(line.event)) found.push(line)
  return found
}
