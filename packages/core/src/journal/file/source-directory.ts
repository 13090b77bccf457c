import { randomInt } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { AuditError } from '../../errors.ts'
import { readChecked } from './checked-line.ts'
import type { FileSystem } from './file-system.ts'
import { eachLine, ensureDirectory, ifMissing, readText, replaceFile } from './small-file.ts'

/** What `source.json` says. */
export interface SourceDescription {
  readonly format: number
  /** `<service>/<instance that made it>/<log id>` */
  readonly source: string
  readonly service: string
  readonly createdAt: string
}

/** The layout and the meaning of everything in a source's directory. */
export const FORMAT = 1

const DESCRIPTION = 'source.json'
const ID_LENGTH = 8
const ID_LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789'
const WRITABLE_BY_ALL = 0o002

/** An empty directory for a new source; others leave it alone until it is described. */
export async function makeSourceDirectory(fileSystem: FileSystem, root: string, service: string): Promise<string> {
  const id = Array.from({ length: ID_LENGTH }, () => ID_LETTERS[randomInt(ID_LETTERS.length)]).join('')
  const directory = join(root, `${service}-${id}`)
  await ensureDirectory(fileSystem, directory)
  for (const name of ['log', 'dead-letters', 'commands']) await ensureDirectory(fileSystem, join(directory, name))
  return directory
}

/** Resolves once the source is there for good. */
export async function describeSource(
  fileSystem: FileSystem,
  directory: string,
  service: string,
  now: number,
): Promise<SourceDescription> {
  const id = directory.slice(-ID_LENGTH)
  const source = `${service}/${hostname()}/${id}`
  return writeDescription(fileSystem, directory, source, now)
}

/** The sources of a service, by directory. Those of other services and what is no source at all are left out. */
export async function listSourceDirectories(fileSystem: FileSystem, root: string, service: string): Promise<readonly string[]> {
  const names = await fileSystem.list(root)
  const isOne = (name: string) =>
    name.startsWith(`${service}-`) && new RegExp(`^[a-z0-9]{${ID_LENGTH}}$`).test(name.slice(service.length + 1))
  return names
    .filter(isOne)
    .toSorted()
    .map((name) => join(root, name))
}

/** Nothing if it is not described, or not so that it can be understood. Throws if everybody may write to it. */
export async function readSourceDescription(fileSystem: FileSystem, directory: string): Promise<SourceDescription | undefined> {
  if ((await fileSystem.stat(directory)).mode & WRITABLE_BY_ALL) {
    throw new AuditError(
      'AUDIT_JOURNAL_UNAVAILABLE',
      `Everybody may write to '${directory}', so nothing in it can be trusted. Run chmod 700 on it.`,
    )
  }
  const text = await readText(fileSystem, join(directory, DESCRIPTION))
  if (text === undefined) return describeAnew(fileSystem, directory)
  try {
    return JSON.parse(text) as SourceDescription
  } catch {
    return undefined
  }
}

/** Writes the description of a source once more if somebody removed it. */
export async function keepDescription(fileSystem: FileSystem, directory: string, source: string): Promise<void> {
  const stat = await fileSystem.stat(join(directory, DESCRIPTION)).catch(ifMissing)
  if (stat) return
  await writeDescription(fileSystem, directory, source, (await fileSystem.stat(directory)).modifiedAt)
}

/** Without a description a log would be nobody's. Its lines say whose it is; one without any is still being made. */
async function describeAnew(fileSystem: FileSystem, directory: string): Promise<SourceDescription | undefined> {
  const log = join(directory, 'log')
  let source: string | undefined
  for (const name of (await fileSystem.list(log).catch(ifMissing)) ?? []) {
    await eachLine(fileSystem, join(log, name), (line) => {
      source ??= (readChecked(line) as { readonly source: string } | undefined)?.source
    })
    if (source) return writeDescription(fileSystem, directory, source, (await fileSystem.stat(directory)).modifiedAt)
  }
  return undefined
}

async function writeDescription(
  fileSystem: FileSystem,
  directory: string,
  source: string,
  now: number,
): Promise<SourceDescription> {
  const service = source.slice(0, source.indexOf('/'))
  const described = { format: FORMAT, source, service, createdAt: new Date(now).toISOString() }
  const file = await replaceFile(fileSystem, join(directory, DESCRIPTION), Buffer.from(`${JSON.stringify(described)}\n`))
  await file.close()
  return described
}

const DAMAGED = 'damaged.json'

/** Says that this log is to be read and never again to be written, so that the next start need not find out anew. */
export async function markDamaged(fileSystem: FileSystem, directory: string, reason: string): Promise<void> {
  const file = await replaceFile(fileSystem, join(directory, DAMAGED), Buffer.from(`${JSON.stringify({ reason })}\n`))
  await file.close()
}

export async function isMarkedDamaged(fileSystem: FileSystem, directory: string): Promise<boolean> {
  return (await fileSystem.stat(join(directory, DAMAGED)).catch(ifMissing)) !== undefined
}
