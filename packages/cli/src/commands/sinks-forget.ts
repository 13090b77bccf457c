import { askOwners, timeoutOption, type Asked } from '../ask-owners.ts'
import { exitCodes, UsageError, type Command } from '../command.ts'
import { positionalsOf } from '../command-input.ts'
import { journalDirectory } from '../journal-directory.ts'
import { printable, printableJson } from '../printable.ts'
import { sourcesOf } from '../sources.ts'

export const sinksForgetCommand: Command = {
  name: 'sinks forget',
  summary: 'Asks the running service to remove the offset of a sink that is no longer configured',
  usage: 'audit sinks forget <name> [journal]',
  options: [timeoutOption, { name: 'json', summary: 'print a JSON list of { source, answer, problem }' }],
  examples: ['audit sinks forget webhook:old.example.com'],
  async run(input, io) {
    const [sink = '', given] = positionalsOf(input, ['the name of a sink'], { takesJournal: true })
    if (sink === '') throw new UsageError('The name of the sink is empty.')
    const sources = await sourcesOf(journalDirectory(given, io.env))
    const isAsked = ({ offsets }: { readonly offsets: ReadonlyMap<string, number> }) => offsets.has(sink)
    const answers = await askOwners(sources, () => ({ command: 'forget-sink', sink }), { input, io, isAsked })
    const asked = answers.map(kept)
    if (input.flags.has('json')) io.out(printableJson(asked, 2))
    for (const { source, problem } of asked) {
      if (problem !== undefined) io.error(`audit sinks forget: ${printable(source)}: ${problem}.`)
      else if (!input.flags.has('json')) io.out(`${printable(source)}: '${printable(sink)}' is forgotten`)
    }
    if (asked.length > 0) return asked.some(({ problem }) => problem !== undefined) ? exitCodes.failed : exitCodes.fine
    io.error(`audit sinks forget: no log has an offset of the sink '${printable(sink)}'.`)
    return exitCodes.no
  },
}

const IN_USE = 'the sink is configured in this service, so its offset is kept'

/** Adds a problem if the service kept the offset because the sink is configured. */
function kept(asked: Asked): Asked {
  const isInUse = asked.answer?.ok === true && asked.answer.result['forgotten'] === false
  return isInUse ? { ...asked, problem: IN_USE } : asked
}
