import { pathProblem } from '@audit/core/sink'
import { UsageError } from './command.ts'

/** The directory of the journal: the given one, else the one that the service takes by default. Throws a `UsageError` for quotes. */
export function journalDirectory(given: string | undefined, env: NodeJS.ProcessEnv): string {
  const named = env['AUDIT_DIRECTORY']?.trim()
  const problem = given === undefined && named !== undefined && pathProblem(named)
  if (problem) throw new UsageError(`AUDIT_DIRECTORY: ${problem}.`)
  return given ?? (named || '.audit')
}
