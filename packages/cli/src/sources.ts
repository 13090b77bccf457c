import { listTrailSources, type TrailSource } from '@audit/core/trail'
import { CommandError } from './command.ts'

/** Lists the logs of a journal. Rejects with a `CommandError` if it has no log. */
export async function sourcesOf(directory: string): Promise<readonly TrailSource[]> {
  const sources = await listTrailSources(directory)
  if (sources.length === 0) throw new CommandError(`There is no log in '${directory}'.`)
  return sources
}
