import { randomInt } from 'node:crypto'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { AuditError } from '../errors.ts'
import { readChecked } from './checked-line.ts'
import type { FileSystem } from './file-system.ts'
import { OFFSETS_FILE, OLDER_OFFSETS_FILE } from './offsets-file.ts'
import { ensureDirectory, firstLines, ifMissing, jsonOf, readText, replaceFile } from './small-file.ts'
import { inspectSource } from './source-inspection.ts'

/** The content of `source.json`. */
export interface SourceDescription {
  readonly format: number
  /** `<service>/<instance that made it>/<log id>` */
  readonly source: string
  readonly service: string
  readonly createdAt: string
  /** Left out: 0. Lines before this sequence may have no tag, because the log was upgraded from format 1. */
  readonly untagged?: number
}

/** The layout and the meaning of everything in a source's directory. */
export const FORMAT = 2
/** The format before group tags. `audit journal upgrade` converts its logs; a process that writes does not. */
export const OLDER_FORMAT = 1

const DESCRIPTION = 'source.json'
const ID_LENGTH = 8
const ID_LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789'
/** Bytes of each segment that are searched for a line that names the source: more than the largest event. */
const DESCRIBING_BYTES = 4 << 20

/** Makes an empty directory for a new source. Other processes ignore it until it is described. */
export async function makeSourceDirectory(fileSystem: FileSystem, root: string, service: string): Promise<string> {
  const id = Array.from({ length: ID_LENGTH }, () => ID_LETTERS[randomInt(ID_LETTERS.length)]).join('')
  const directory = join(root, `${service}-${id}`)
  await ensureDirectory(fileSystem, directory)
  for (const name of ['log', 'dead-letters', 'commands']) await ensureDirectory(fileSystem, join(directory, name))
  return directory
}

/** Resolves once the source is durable. */
export async function describeSource(
  fileSystem: FileSystem,
  directory: string,
  service: string,
  now: number,
): Promise<SourceDescription> {
  const id = directory.slice(-ID_LENGTH)
  const source = `${service}/${hostname()}/${id}`
  return writeDescription(fileSystem, directory, descriptionOf(source, now))
}

/** The directories of a service's sources. Leaves out other services and other entries. */
export async function listSourceDirectories(fileSystem: FileSystem, root: string, service: string): Promise<readonly string[]> {
  const names = await fileSystem.list(root)
  const isOne = (name: string) =>
    name.startsWith(`${service}-`) && new RegExp(`^[a-z0-9]{${ID_LENGTH}}$`).test(name.slice(service.length + 1))
  return names
    .filter(isOne)
    .toSorted()
    .map((name) => join(root, name))
}

/**
 * Undefined if another process is still creating it. Rejects with `AUDIT_JOURNAL_UNAVAILABLE` if its files have an unexpected
 * kind, its description is not one, it describes the log of another directory (two processes would continue one log), or it says
 * the older format of a log that does not have it.
 */
export async function readSourceDescription(fileSystem: FileSystem, directory: string): Promise<SourceDescription | undefined> {
  const description = await readAnyDescription(fileSystem, directory)
  const path = join(directory, DESCRIPTION)
  const isOfThisLog =
    description?.source.startsWith(`${description.service}/`) && basename(directory) === directoryNameOf(description.source)
  if (description?.format === FORMAT && !isOfThisLog) {
    const { source } = description
    throw new AuditError(
      'AUDIT_JOURNAL_UNAVAILABLE',
      `'${path}' names the log '${source}', which belongs in '${directoryNameOf(source)}'. If '${directory}' is a copy, move it out of the journal.`,
    )
  }
  if (description?.format === OLDER_FORMAT && (await hasOnlyNewOffsets(fileSystem, directory))) {
    throw new AuditError(
      'AUDIT_JOURNAL_UNAVAILABLE',
      `'${path}' says format ${OLDER_FORMAT}, but only format ${FORMAT} has '${OFFSETS_FILE}'. Run 'audit journal upgrade ${directory}' of @audit/cli, which writes the file again.`,
    )
  }
  return description
}

/** The same whatever format and directory the log has, for an upgrade. */
export async function readAnyDescription(fileSystem: FileSystem, directory: string): Promise<SourceDescription | undefined> {
  await inspectSource(fileSystem, directory)
  const path = join(directory, DESCRIPTION)
  const text = await readText(fileSystem, path)
  const description = text === undefined ? await describeAnew(fileSystem, directory) : parsed(text)
  if (description || text === undefined) return description
  throw new AuditError(
    'AUDIT_JOURNAL_UNAVAILABLE',
    `'${path}' does not name the source of this log. Remove the file, and the next start recreates it from the log.`,
  )
}

/** A log belongs to one service, and its name says to which. */
function directoryNameOf(source: string): string {
  return `${serviceOf(source)}-${source.slice(source.lastIndexOf('/') + 1)}`
}

function serviceOf(source: string): string {
  return source.slice(0, source.indexOf('/'))
}

function parsed(text: string): SourceDescription | undefined {
  const said = jsonOf(text)
  const { format, source, service } = (said ?? {}) as Partial<Record<keyof SourceDescription, unknown>>
  const isDescription = typeof format === 'number' && typeof source === 'string' && typeof service === 'string'
  return isDescription ? (said as SourceDescription) : undefined
}

/** The format of a log, without changing anything. Undefined if no file shows it. */
export async function formatOf(fileSystem: FileSystem, directory: string): Promise<number | undefined> {
  const text = await readText(fileSystem, join(directory, DESCRIPTION)).catch(() => undefined)
  if (text !== undefined) return parsed(text)?.format
  return (await hasOlderOffsets(fileSystem, directory)) ? OLDER_FORMAT : undefined
}

/**
 * Rejects with `AUDIT_JOURNAL_UNAVAILABLE` if a log of this service has the older format: its events would not be delivered, and
 * the next ones would be in another log.
 */
export async function refuseOlderFormat(fileSystem: FileSystem, root: string, service: string): Promise<void> {
  for (const directory of await listSourceDirectories(fileSystem, root, service)) {
    // Other problems are reported when the log is taken.
    const format = await formatOf(fileSystem, directory).catch(() => undefined)
    // A log that never had the older format, or has nothing to lose, is set aside when it is taken.
    if (format !== OLDER_FORMAT || !(await mayLoseEvents(fileSystem, directory).catch(() => true))) continue
    throw new AuditError('AUDIT_JOURNAL_UNAVAILABLE', formatProblem(directory, OLDER_FORMAT))
  }
}

/** Explains why a log of another format is not used, and what to do. */
export function formatProblem(directory: string, format: number): string {
  if (format === OLDER_FORMAT) {
    return `'${directory}' has format ${OLDER_FORMAT}; this version writes ${FORMAT}. Stop every process that uses it, and run 'audit journal upgrade ${dirname(directory)}' of @audit/cli.`
  }
  return `'${directory}' has format ${String(format)}; this version knows ${FORMAT}. It is not changed and not delivered; update the package.`
}

/** Describes a log of the older format, with its end, as one of the current format. Resolves once that is durable. */
export async function describeUpgraded(
  fileSystem: FileSystem,
  directory: string,
  description: SourceDescription,
  end: number,
): Promise<void> {
  await writeDescription(fileSystem, directory, { ...description, format: FORMAT, untagged: end })
}

/** The sequence before which lines of an upgraded log may have no tag. */
export async function untaggedEnd(fileSystem: FileSystem, directory: string): Promise<number> {
  const { untagged } = (parsed((await readText(fileSystem, join(directory, DESCRIPTION))) ?? '') ?? {}) as { untagged?: unknown }
  return Number.isSafeInteger(untagged) ? (untagged as number) : 0
}

/** Writes the description of a source again if it was removed. */
export async function keepDescription(fileSystem: FileSystem, directory: string, source: string): Promise<void> {
  const stat = await fileSystem.stat(join(directory, DESCRIPTION)).catch(ifMissing)
  if (stat) return
  await writeDescription(fileSystem, directory, descriptionOf(source, (await fileSystem.stat(directory)).modifiedAt))
}

/** Restores a missing description from the log's lines. A log without lines is still being created. */
async function describeAnew(fileSystem: FileSystem, directory: string): Promise<SourceDescription | undefined> {
  const log = join(directory, 'log')
  let source: string | undefined
  for (const name of (await fileSystem.list(log).catch(ifMissing)) ?? []) {
    await firstLines(fileSystem, join(log, name), DESCRIBING_BYTES, (line) => {
      source ??= sourceOf(readChecked(line))
    })
    if (!source) continue
    const format = (await hasOlderOffsets(fileSystem, directory)) ? OLDER_FORMAT : FORMAT
    const { modifiedAt } = await fileSystem.stat(directory)
    return writeDescription(fileSystem, directory, descriptionOf(source, modifiedAt, format))
  }
  return undefined
}

function sourceOf(event: unknown): string | undefined {
  const { source } = (event ?? {}) as { readonly source?: unknown }
  return typeof source === 'string' && source.includes('/') ? source : undefined
}

async function writeDescription(
  fileSystem: FileSystem,
  directory: string,
  description: SourceDescription,
): Promise<SourceDescription> {
  const file = await replaceFile(fileSystem, join(directory, DESCRIPTION), Buffer.from(`${JSON.stringify(description)}\n`))
  await file.close()
  return description
}

function descriptionOf(source: string, now: number, format = FORMAT): SourceDescription {
  return { format, source, service: serviceOf(source), createdAt: new Date(now).toISOString() }
}

/** True for a log of the older format, even without a description: its offsets have another name. */
async function hasOlderOffsets(fileSystem: FileSystem, directory: string): Promise<boolean> {
  const has = await offsetsIn(fileSystem, directory)
  return has.older && !has.current
}

/**
 * True if the log never had the older format, or was upgraded: an upgrade writes the new offsets before the description, and removes
 * the older ones after the description is durable.
 */
async function hasOnlyNewOffsets(fileSystem: FileSystem, directory: string): Promise<boolean> {
  const has = await offsetsIn(fileSystem, directory)
  return has.current && !has.older
}

/** True if the log may have the older format and has events: they would not be delivered, and the next ones would be elsewhere. */
async function mayLoseEvents(fileSystem: FileSystem, directory: string): Promise<boolean> {
  if (await hasOnlyNewOffsets(fileSystem, directory)) return false
  const log = join(directory, 'log')
  for (const name of (await fileSystem.list(log).catch(ifMissing)) ?? [])
    if (((await fileSystem.stat(join(log, name)).catch(ifMissing))?.size ?? 0) > 0) return true
  return false
}

async function offsetsIn(fileSystem: FileSystem, directory: string): Promise<{ older: boolean; current: boolean }> {
  const isThere = async (name: string) => (await fileSystem.stat(join(directory, name)).catch(ifMissing)) !== undefined
  return { older: await isThere(OLDER_OFFSETS_FILE), current: await isThere(OFFSETS_FILE) }
}

const DAMAGED = 'damaged.json'

/**
 * Marks this log as never to be written again, so that the next start need not check it again. `held`: number of its lines that
 * are not to be read either, until a person releases them.
 */
export async function markDamaged(fileSystem: FileSystem, directory: string, reason: string, held?: number): Promise<void> {
  const mark = { reason, ...(held && { held }) }
  const file = await replaceFile(fileSystem, join(directory, DAMAGED), Buffer.from(`${JSON.stringify(mark)}\n`))
  await file.close()
}

interface DamageMark {
  readonly reason?: unknown
  readonly held?: unknown
}

async function readMark(fileSystem: FileSystem, directory: string): Promise<DamageMark> {
  return (jsonOf((await readText(fileSystem, join(directory, DAMAGED))) ?? '') ?? {}) as DamageMark
}

/** Number of lines of a log that is held as a whole. */
export async function heldIn(fileSystem: FileSystem, directory: string): Promise<number | undefined> {
  const { held } = await readMark(fileSystem, directory)
  return typeof held === 'number' && Number.isSafeInteger(held) && held > 0 ? held : undefined
}

/** Returns the reason in the mark of a damaged log; `damaged` if it cannot be read. Undefined without a mark. */
export async function damageOf(fileSystem: FileSystem, directory: string): Promise<string | undefined> {
  if (!(await isMarkedDamaged(fileSystem, directory))) return undefined
  const { reason } = await readMark(fileSystem, directory).catch((): DamageMark => ({}))
  return typeof reason === 'string' ? reason : 'damaged'
}

export async function isMarkedDamaged(fileSystem: FileSystem, directory: string): Promise<boolean> {
  return (await fileSystem.stat(join(directory, DAMAGED)).catch(ifMissing)) !== undefined
}
