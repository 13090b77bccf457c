import { existsSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathProblem } from '@audit/core/internal'
import { AuditError } from '@audit/core/sink'
import { emptyMap, nodeAt, type MapNode } from './document/config-node.ts'
import { parseYaml } from './document/parse-yaml.ts'
import { CONFIG_NAMES, MAX_CONFIG_BYTES } from './document/read-config-file.ts'
import { interpolate, type Environment } from './environment/interpolate.ts'
import { Problems } from './problems.ts'

export interface ConfiguredJournalOptions {
  /** The folder with the configuration, and the start of its relative paths. Default: the working directory. */
  readonly directory?: string
  /** Default `process.env`. */
  readonly env?: Environment
}

/**
 * Returns the directory of the journal that a service is configured with, for tools that read the journal: the variable
 * AUDIT_JOURNAL_DIRECTORY, else `journal.directory` of the file, else undefined. Uses nothing else of the file, so the variables of
 * its sinks need not be set. Throws `AUDIT_INVALID_OPTIONS` if the file cannot be read.
 */
export function configuredJournalDirectory(options: ConfiguredJournalOptions = {}): string | undefined {
  const directory = resolve(options.directory ?? '.')
  const environment = options.env ?? process.env
  const named = environment['AUDIT_JOURNAL_DIRECTORY']?.trim() || directoryIn(fileIn(directory, environment), environment)
  if (named === undefined) return undefined
  const problem = pathProblem(named)
  if (problem) throw new AuditError('AUDIT_INVALID_OPTIONS', `The directory of the journal is wrong: ${problem}.`)
  return resolve(directory, named)
}

function fileIn(directory: string, environment: Environment): MapNode {
  const none = emptyMap({ place: '', key: '' })
  const given = environment['AUDIT_CONFIG'] || CONFIG_NAMES.find((name) => existsSync(resolve(directory, name)))
  if (given === undefined) return none
  const problems = new Problems()
  const root = parseYaml(readText(resolve(directory, given), given), given, problems)
  problems.throwIfAny()
  return root
}

function readText(path: string, name: string): string {
  try {
    // A FIFO would keep the tool waiting, and a device never ends.
    const status = statSync(path)
    if (status.isFile() && status.size <= MAX_CONFIG_BYTES) return readFileSync(path, 'utf8')
    const problem = status.isFile() ? 'larger than 1 MiB' : 'not a file'
    const advice = 'Give a configuration, or name the journal with AUDIT_DIRECTORY.'
    throw new AuditError('AUDIT_INVALID_OPTIONS', `${name}: it is ${problem}. ${advice}`)
  } catch (error) {
    if (AuditError.isInstance(error)) throw error
    const { code = 'unknown error' } = error as NodeJS.ErrnoException
    throw new AuditError('AUDIT_INVALID_OPTIONS', `${name}: the file cannot be read (${code}).`, { cause: error })
  }
}

function directoryIn(file: MapNode, environment: Environment): string | undefined {
  const root = interpolate(file, environment, new Problems(), { isUnused: () => true, isNative: true })
  const node = nodeAt(root, ['journal', 'directory'])
  const written = node?.kind === 'scalar' && typeof node.value === 'string' ? node.value.trim() : ''
  return written === '' ? undefined : written
}
