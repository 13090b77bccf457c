import { join } from 'node:path'
import { AuditError } from '../errors.ts'
import type { FileSystem } from '../log-format/file-system.ts'
import { ifMissing, jsonOf, readText } from '../log-format/small-file.ts'
import type { SourceDescription } from '../log-format/source-directory.ts'

/** One log of a journal directory, with its description of itself. */
export interface TrailSource extends Partial<SourceDescription> {
  /** Its directory. */
  readonly directory: string
  /** The name of that directory: the service, and the id of the log. */
  readonly name: string
}

/**
 * Lists the logs of a journal directory, by name; the one log, if it is the directory of a log. Changes nothing. Rejects with
 * `AUDIT_JOURNAL_UNAVAILABLE` if the directory does not exist or cannot be read.
 */
export async function trailSources(fileSystem: FileSystem, directory: string): Promise<readonly TrailSource[]> {
  const names = await fileSystem.list(directory).catch((error: NodeJS.ErrnoException) => {
    throw new AuditError(
      'AUDIT_JOURNAL_UNAVAILABLE',
      `'${directory}' cannot be read as a journal (${error.code}). Name the directory of a journal, or set AUDIT_DIRECTORY.`,
      { cause: error },
    )
  })
  // A file in the root of a journal must not make it one log: that would hide the others.
  const found = names.includes('log') ? [await describe(fileSystem, directory)] : []
  for (const name of names.toSorted()) {
    const path = join(directory, name)
    const log = await fileSystem.stat(join(path, 'log')).catch(ifNone)
    if (log?.kind === 'directory') found.push(await describe(fileSystem, path))
  }
  return found.length === 0 && names.includes('source.json') ? [await describe(fileSystem, directory)] : found
}

/** Reads its description, as far as it can be understood. */
async function describe(fileSystem: FileSystem, directory: string): Promise<TrailSource> {
  const name = directory.split(/[/\\]/).findLast((part) => part !== '') ?? directory
  const text = await readText(fileSystem, join(directory, 'source.json')).catch(() => undefined)
  const described = jsonOf(text ?? '')
  const { format, source, service, createdAt } = (described ?? {}) as Partial<Record<keyof SourceDescription, unknown>>
  return {
    directory,
    name,
    ...(typeof format === 'number' && { format }),
    ...(typeof source === 'string' && { source }),
    ...(typeof service === 'string' && { service }),
    ...(typeof createdAt === 'string' && { createdAt }),
  }
}

/** A file that is not a directory has no entries. */
function ifNone(error: unknown): undefined {
  return (error as NodeJS.ErrnoException).code === 'ENOTDIR' ? undefined : ifMissing(error)
}
