import { readSourceState, upgradeSource, type TrailSource } from '@audit/core/trail'
import { checkpointStateOf } from '../checkpoint-state.ts'
import { CommandError, exitCodes, type Command, type CommandIo } from '../command.ts'
import { positionalsOf } from '../command-input.ts'
import { journalDirectory } from '../journal-directory.ts'
import { printable, printableJson } from '../printable.ts'
import { sourcesOf } from '../sources.ts'
import { count } from '../terminal.ts'

export const journalUpgradeCommand: Command = {
  name: 'journal upgrade',
  summary: 'Converts the logs of a stopped journal from format 1 to format 2',
  usage: 'audit journal upgrade [journal] [--dry-run]',
  note: 'It changes nothing if a process uses one of the logs. If it is interrupted, run it again.',
  options: [
    { name: 'dry-run', summary: 'only check which logs would be converted' },
    { name: 'json', summary: 'print a JSON list of { log, upgraded, uncovered }' },
  ],
  examples: ['audit journal upgrade /var/lib/flags-api/.audit'],
  async run(input, io) {
    const [given] = positionalsOf(input, [], { takesJournal: true })
    const sources = await sourcesOf(journalDirectory(given, io.env))
    // Every log is checked before the first one is changed.
    await eachSource(sources, io, 'logs checked', (source) => upgradeSource(source, { dryRun: true }))
    const dryRun = input.flags.has('dry-run')
    const results = await eachSource(sources, io, 'logs', async (source) => {
      const upgraded = await upgradeSource(source, { dryRun })
      return { log: source.name, upgraded, ...(await uncoveredIn(source)) }
    })
    if (input.flags.has('json')) {
      const list = results.map(({ log, upgraded, uncovered }) => ({ log, upgraded, uncovered }))
      io.out(printableJson(list, 2))
      return exitCodes.fine
    }
    for (const { log, upgraded, uncovered, isSigned } of results) {
      const done = dryRun ? 'would be converted to format 2' : 'converted to format 2'
      io.out(`${printable(log)}: ${upgraded ? done : 'has nothing to convert'}`)
      if (upgraded && isSigned && uncovered > 0) io.out(`  ${uncoveredText(uncovered)}`)
    }
    return exitCodes.fine
  },
}

/** Runs a step for each log, one after the other. Rejects with a `CommandError` that names the first log that refuses. */
async function eachSource<T>(
  sources: readonly TrailSource[],
  { progress, signal }: CommandIo,
  what: string,
  step: (source: TrailSource) => Promise<T>,
): Promise<readonly T[]> {
  const results: T[] = []
  try {
    for (const source of sources) {
      if (signal.aborted) throw new CommandError('It was interrupted. Run it again; converted logs stay converted.')
      results.push(await step(source))
      progress.update(results.length, sources.length, what)
    }
  } finally {
    progress.end()
  }
  return results
}

/** Number of events after the checkpoint, and whether a start with a key looks for their tags. */
async function uncoveredIn(source: TrailSource): Promise<{ readonly uncovered: number; readonly isSigned: boolean }> {
  const { checkpoint, end } = await readSourceState(source)
  const read = checkpoint && checkpointStateOf(checkpoint.text)
  return { uncovered: Math.max(0, end - (read?.size ?? 0)), isSigned: read === undefined || read.signedBy.length > 0 }
}

function uncoveredText(uncovered: number): string {
  const subject = `${count(uncovered, 'event')} after the checkpoint ${uncovered === 1 ? 'has' : 'have'} no tag`
  return `${subject}. A service with a signing key holds them until you release them: see 'audit status' after its start.`
}
