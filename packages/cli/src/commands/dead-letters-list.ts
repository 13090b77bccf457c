import { readDeadLetters } from '@audit/core/trail'
import type { AuditEvent } from '@audit/core'
import { exitCodes, type Command } from '../command.ts'
import { optionOf, positionalsOf } from '../command-input.ts'
import { nameOf } from '../event-text.ts'
import { journalDirectory } from '../journal-directory.ts'
import { printable, printableJson } from '../printable.ts'
import { sourcesOf } from '../sources.ts'
import { table } from '../terminal.ts'

export const deadLettersListCommand: Command = {
  name: 'dead-letters list',
  summary: 'Lists the events that sinks refused permanently, with the reasons',
  usage: 'audit dead-letters list [journal] [--sink name] [--json]',
  options: [
    { name: 'sink', value: 'name', summary: 'only letters of this sink' },
    { name: 'json', summary: 'print a JSON list of { source, sink, id, at, reason, event }' },
  ],
  examples: ['audit dead-letters list --sink webhook'],
  async run(input, io) {
    const [given] = positionalsOf(input, [], { takesJournal: true })
    const letters = []
    for (const source of await sourcesOf(journalDirectory(given, io.env))) {
      for (const { line, ...letter } of await readDeadLetters(source, optionOf(input, 'sink')))
        letters.push({ source: source.source ?? source.name, ...letter, event: eventOf(line) })
    }
    if (input.flags.has('json')) {
      io.out(printableJson(letters, 2))
      return exitCodes.fine
    }
    if (letters.length === 0) io.error('There are no dead letters.')
    const rows = letters.map(({ at, sink, id, event, reason }) =>
      [at, sink, id, event ? nameOf(event) : '-', reason].map(printable),
    )
    for (const row of table(rows)) io.out(row)
    return exitCodes.fine
  },
}

/** A letter that no service wrote may have anything in place of its event. */
function eventOf(line: string): AuditEvent | null {
  try {
    const event: unknown = JSON.parse(line)
    return typeof event === 'object' ? (event as AuditEvent | null) : null
  } catch {
    return null
  }
}
