import { configuredJournalDirectory } from '@audit/config'
import { pathProblem } from '@audit/core/internal'
import { UsageError } from './command.ts'

/**
 * Returns the directory of the journal: the given one, else AUDIT_DIRECTORY, else the one in the configuration of the service, else
 * `.audit`. Throws a `UsageError` for a path in quotes, and `AUDIT_INVALID_OPTIONS` for a configuration that cannot be read.
 */
export function journalDirectory(given: string | undefined, env: NodeJS.ProcessEnv): string {
  if (given !== undefined) return given
  const named = env['AUDIT_DIRECTORY']?.trim()
  const problem = named && pathProblem(named)
  if (problem) throw new UsageError(`AUDIT_DIRECTORY: ${problem}.`)
  return named || (configuredJournalDirectory({ env }) ?? '.audit')
}
