import { join } from 'node:path'
import { AuditError } from '../errors.ts'
import type { FileKind, FileStat, FileSystem } from './file-system.ts'
import { ifMissing, statEach } from './small-file.ts'

// Checks the entries of a source before any of them is opened. A link leads to other files, a FIFO or a device never
// ends, and all users can replace an entry that they may write to between two checks. Names that the journal does not use are
// ignored.

const DIRECTORIES: ReadonlySet<string> = new Set(['log', 'tiles', 'held', 'dead-letters'])
/** These files come from other processes. Each is checked when it is carried out. */
const COMMANDS = 'commands'
const FILES = /^(?:source\.json|offsets\.ndjson|checkpoint|damaged\.json|lock\.db(?:-journal)?|owner\.\d+)(?:\.tmp)?$/
const WRITABLE_BY_ALL = 0o002

const names: Readonly<Record<FileKind, string>> = {
  file: 'a file',
  directory: 'a directory',
  link: 'a link',
  other: 'a FIFO or a device',
}

/** Rejects with `AUDIT_JOURNAL_UNAVAILABLE`, naming the first entry of an unexpected kind. */
export async function inspectSource(fileSystem: FileSystem, directory: string): Promise<void> {
  await inspect(fileSystem, directory, 'directory')
  for (const name of await fileSystem.list(directory)) {
    const path = join(directory, name)
    if (FILES.test(name)) await inspect(fileSystem, path, 'file')
    if (name === COMMANDS) await inspect(fileSystem, path, 'directory')
    if (!DIRECTORIES.has(name)) continue
    await inspect(fileSystem, path, 'directory')
    const files = (await fileSystem.list(path)).map((file) => join(path, file))
    for (const [at, stat] of (await statEach(fileSystem, files)).entries()) check(files[at]!, stat, 'file')
  }
}

/** True if every user of the machine can write to it. Windows has no such modes. */
export function isWritableByAll({ mode }: FileStat): boolean {
  return process.platform !== 'win32' && (mode & WRITABLE_BY_ALL) !== 0
}

async function inspect(fileSystem: FileSystem, path: string, kind: FileKind): Promise<void> {
  check(path, await fileSystem.stat(path).catch(ifMissing), kind)
}

function check(path: string, stat: FileStat | undefined, kind: FileKind): void {
  if (!stat) return
  if (stat.kind !== kind) {
    throw refused(`'${path}' is ${names[stat.kind]}, and ${names[kind]} belongs there. Move it out of the journal`)
  }
  if (isWritableByAll(stat)) {
    throw refused(`Every user can write to '${path}', so nothing in it can be trusted. Run chmod o-w on it`)
  }
}

function refused(problem: string): AuditError {
  return new AuditError('AUDIT_JOURNAL_UNAVAILABLE', `${problem}.`)
}
