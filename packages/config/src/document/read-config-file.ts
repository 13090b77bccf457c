import { open, stat } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { AuditError } from '@audit/core/sink'
import type { Problems } from '../problems.ts'
import { emptyMap, type MapNode } from './config-node.ts'
import { parseYaml } from './parse-yaml.ts'

/** A configuration is some kilobytes; a log given by mistake must not be read into memory. */
export const MAX_CONFIG_BYTES: number = 1 << 20
/** The places to search for a configuration. */
export const CONFIG_NAMES: readonly string[] = ['audit.yaml', 'audit.yml', 'audit.json']

export interface FileChoice {
  readonly file: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly directory: string
}

/**
 * Finds the file to read: the given one, else the one in AUDIT_CONFIG, else `audit.yaml`, `audit.yml` or `audit.json` in the
 * directory, else undefined. Throws if two of these exist.
 */
export async function findConfigFile({ file, environment, directory }: FileChoice): Promise<string | undefined> {
  const given = file || environment['AUDIT_CONFIG']
  if (given) return resolve(directory, given)
  const candidates = await Promise.all(CONFIG_NAMES.map(async (name) => ((await exists(resolve(directory, name))) ? [name] : [])))
  const found = candidates.flat()
  if (found.length < 2) return found[0] && resolve(directory, found[0])
  throw invalid(`There are ${found.join(' and ')} in ${directory}. Remove one, or name the one to use in AUDIT_CONFIG.`)
}

/** Reads the file by its name: `.json` as JSON, `.yaml` and `.yml` as YAML. Adds a problem for each fault in its text. */
export async function readConfigFile(path: string, directory: string, problems: Problems): Promise<MapNode> {
  const name = shownPath(path, directory)
  if (!/\.(ya?ml|json)$/i.test(path)) throw invalid(`${name}: give a file that ends in .yaml, .yml or .json.`)
  const text = await readText(path, name)
  const problemsBefore = problems.count
  const root = parseYaml(text, name, problems)
  if (/\.json$/i.test(path) && problems.count === problemsBefore) checkJson(text, name, problems)
  return problems.count === problemsBefore ? root : emptyMap(root.origin)
}

async function readText(path: string, name: string): Promise<string> {
  try {
    const bytes = await firstBytes(path, MAX_CONFIG_BYTES + 1)
    if (bytes.length > MAX_CONFIG_BYTES) throw invalid(`${name}: it is larger than 1 MiB; give a configuration.`)
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (AuditError.isInstance(error)) throw error
    const { code } = error as NodeJS.ErrnoException
    throw invalid(`${name}: ${reasons.get(code ?? '') ?? 'the file cannot be read'}.`, error)
  }
}

/** A secret manager may give a configuration through a FIFO. The size of that, and of a device, is known only at its end. */
async function firstBytes(path: string, count: number): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const bytes = Buffer.alloc(count)
    let length = 0
    while (length < count) {
      const { bytesRead } = await file.read(bytes, length, count - length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return bytes.subarray(0, length)
  } finally {
    await file.close()
  }
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file; give one, or leave it out and set variables such as AUDIT_SINKS_FILE_PATH'],
  ['EACCES', 'this user may not read the file'],
  ['EISDIR', 'it is a folder; give a file'],
  ['ENOTDIR', 'a part of the path is a file'],
  ['ERR_ENCODING_INVALID_ENCODED_DATA', 'it is not UTF-8'],
])

/** Refuses YAML in a `.json` file, which other readers of the file could not parse. */
function checkJson(text: string, name: string, problems: Problems): void {
  try {
    JSON.parse(text)
  } catch (error) {
    // Uses only the place in the message, which quotes the text.
    const [, line, column] = /line (\d+) column (\d+)/.exec((error as Error).message) ?? []
    const place = line === undefined ? name : `${name}:${line}:${column}`
    problems.add({ place, key: '' }, 'this is not JSON; comments, trailing commas and unquoted names are YAML')
  }
}

/** Shows the path relative to the directory if it is inside. */
function shownPath(path: string, directory: string): string {
  const short = relative(directory, path)
  return short.startsWith('..') || short === '' ? path : short
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

function invalid(message: string, cause?: unknown): AuditError {
  return new AuditError('AUDIT_INVALID_OPTIONS', message, { cause })
}
