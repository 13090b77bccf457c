import { dirname, join, resolve } from 'node:path'
import { AuditError } from '../errors.ts'
import { diskKind, type DiskKind } from '../log-format/disk-kind.ts'
import type { FileSystem } from '../log-format/file-system.ts'
import { ensureDirectory, ifMissing } from '../log-format/small-file.ts'

/** Lets operators override the directory in the code. */
export const DIRECTORY_VARIABLE = 'AUDIT_DIRECTORY'

/** The absolute path of the journal. Spaces and line ends around the variable are ignored. */
export function journalPath(directory: string | undefined, environment: NodeJS.ProcessEnv): string {
  return resolve(environment[DIRECTORY_VARIABLE]?.trim() || directory || '.audit')
}

/**
 * Makes the directory if possible, and returns its kind of disk. Rejects with `AUDIT_JOURNAL_UNAVAILABLE`, the reason and
 * solutions.
 */
export async function prepareDirectory(
  fileSystem: FileSystem,
  path: string,
  options: { readonly allowNetwork: boolean },
): Promise<DiskKind> {
  try {
    await ensureDirectory(fileSystem, path)
    const kind = diskKind((await fileSystem.space(path)).type)
    if (kind === 'network' && !options.allowNetwork) throw networkError(path)
    await settle(fileSystem, path)
    return kind
  } catch (error) {
    throw AuditError.isInstance(error) ? error : directoryError(path, error)
  }
}

/** The error that the journal in this directory cannot be used, with a solution for the operator. */
export function directoryError(path: string, error: unknown): AuditError {
  if (AuditError.isInstance(error)) return error
  const { code = 'an unknown error', syscall = 'it' } = error as NodeJS.ErrnoException
  const reason = reasons.get(code) ?? `${syscall} failed with ${code}`
  return new AuditError('AUDIT_JOURNAL_UNAVAILABLE', `The journal in '${path}' cannot be opened: ${reason}. ${WAYS_OUT}`, {
    cause: error,
  })
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'this user may not write there'],
  ['EPERM', 'this user may not write there'],
  ['EROFS', 'the file system is read-only'],
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the quota is used up'],
  ['ENOTDIR', 'a part of the path is a file'],
  ['ENOENT', 'a part of the path is a link to a missing target, such as a volume that is not mounted'],
  ['ELOOP', 'a part of the path is a link that leads to itself'],
  ['EMFILE', 'this process has too many files open'],
  ['ENFILE', 'this machine has too many files open'],
  ['EIO', 'the disk fails'],
  ['ENAMETOOLONG', 'the path is too long'],
])

const WAYS_OUT = `Give fileJournal a directory on a disk that this user may write to, or set ${DIRECTORY_VARIABLE} to one; if no such disk exists, use memoryJournal(), although a crash then loses undelivered events.`

function networkError(path: string): AuditError {
  return new AuditError(
    'AUDIT_JOURNAL_UNAVAILABLE',
    `The journal in '${path}' cannot be opened: it is on a network file system, whose locks and syncs are unreliable. ${WAYS_OUT} If those of yours are reliable, set { allowNetwork: true }.`,
  )
}

/**
 * Makes the parents of the directory durable, once: a process that ended while it made them may have left them in the page cache
 * only. The file that records this also keeps the log from being committed to Git.
 */
async function settle(fileSystem: FileSystem, path: string): Promise<void> {
  const ignored = join(path, '.gitignore')
  if (await fileSystem.stat(ignored).catch(ifMissing)) return
  for (let child = path; dirname(child) !== child; child = dirname(child)) {
    await fileSystem.syncDirectory(dirname(child)).catch(ifForbidden)
  }
  try {
    const file = await fileSystem.open(ignored, 'create')
    await file.write(Buffer.from('*\n'))
    await file.close()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** Skips a parent that this user cannot read, because this user did not make it. */
function ifForbidden(error: unknown): void {
  const { code } = error as NodeJS.ErrnoException
  if (code !== 'EACCES' && code !== 'EPERM') throw error
}
