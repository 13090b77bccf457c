import { readSourceState } from '@audit/core/trail'
import { exitCodes, type Command } from '../command.ts'
import { positionalsOf } from '../command-input.ts'
import { statusJson, statusLines } from '../describe-status.ts'
import { journalDirectory } from '../journal-directory.ts'
import { printableJson } from '../printable.ts'
import { sourcesOf } from '../sources.ts'
import { painter } from '../terminal.ts'

export const statusCommand: Command = {
  name: 'status',
  summary: 'Shows the state of each log: owner, events, sinks, dead letters, last checkpoint',
  usage: 'audit status [journal] [--json]',
  options: [{ name: 'json', summary: 'print a JSON list of the logs' }],
  examples: ['audit status', "audit status --json | jq '.[].sinks'"],
  async run(input, io) {
    const [given] = positionalsOf(input, [], { takesJournal: true })
    const sources = await sourcesOf(journalDirectory(given, io.env))
    const states = await Promise.all(sources.map(async (source) => ({ source, state: await readSourceState(source) })))
    const now = io.now()
    if (input.flags.has('json')) {
      const logs = states.map(({ source, state }) => statusJson(source, state, now))
      io.out(printableJson(logs, 2))
      return exitCodes.fine
    }
    const paint = painter(io.isTerminal)
    io.out(states.map(({ source, state }) => statusLines(source, state, now, paint).join('\n')).join('\n\n'))
    const lags = states.some(({ state }) => [...state.offsets.values()].some((offset) => offset < state.end))
    if (lags)
      io.error('The files do not show why a sink lags, or if it is parked. See health().sinks, or the log of the service.')
    return exitCodes.fine
  },
}
