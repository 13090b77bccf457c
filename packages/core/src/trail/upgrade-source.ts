import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { AuditError } from '../errors.ts'
import type { FileSystem } from '../log-format/file-system.ts'
import { nodeFileSystem } from '../log-format/node-file-system.ts'
import { MAX_OFFSETS_BYTES, OFFSETS_FILE, OLDER_OFFSETS_FILE, upgradedOffsetsLine } from '../log-format/offsets-file.ts'
import { eachLine, ifMissing, replaceFile } from '../log-format/small-file.ts'
import {
  describeUpgraded,
  FORMAT,
  formatOf,
  formatProblem,
  OLDER_FORMAT,
  readAnyDescription,
} from '../log-format/source-directory.ts'
import { inspectSource } from '../log-format/source-inspection.ts'
import { BackwardReader } from './backward-reader.ts'
import { SourceSegments } from './source-segments.ts'
import type { TrailSource } from './trail-sources.ts'

// Converts a log of format 1. Its lines, tiles, checkpoint and dead letters are the same in format 2, and stay as they are. Its
// offsets are written under their new name, then the description says format 2, and then the old offsets are removed. Until the
// description is replaced, the log is a complete log of format 1.

/**
 * Converts a log of format 1 that no process uses. False if it has the current format, or is empty. May be repeated after it was
 * interrupted at any step. Rejects with `AUDIT_JOURNAL_UNAVAILABLE`, and changes nothing, if a process holds the log, its format
 * is unknown, or this user does not own it. `dryRun`: only checks.
 */
export async function upgradeSource(source: TrailSource, options: { readonly dryRun?: boolean } = {}): Promise<boolean> {
  const { uid } = await lstat(source.directory)
  const user = process.getuid?.() ?? uid
  // New files belong to this user, and have mode 0600: the service could not read them.
  if (user !== uid) throw unavailable(`'${source.directory}' belongs to user ${uid}. Run this command as that user.`)
  return upgradeSourceOn(nodeFileSystem, source.directory, options.dryRun ?? false)
}

/** Does the same on another disk, for any user. */
export async function upgradeSourceOn(fileSystem: FileSystem, directory: string, dryRun: boolean): Promise<boolean> {
  await inspectSource(fileSystem, directory)
  const format = await formatOf(fileSystem, directory)
  if (format !== undefined && format !== FORMAT && format !== OLDER_FORMAT) throw unavailable(formatProblem(directory, format))
  const hasOlder = (await fileSystem.stat(join(directory, OLDER_OFFSETS_FILE)).catch(ifMissing)) !== undefined
  if (format !== OLDER_FORMAT && !hasOlder) return false
  const lock = fileSystem.lock(join(directory, 'lock.db'))
  if (!lock) throw unavailable(`A process uses the log '${directory}'. Stop it first.`)
  try {
    const description = dryRun ? undefined : await readAnyDescription(fileSystem, directory)
    if (description?.format === OLDER_FORMAT) {
      await convertOffsets(fileSystem, directory)
      await describeUpgraded(fileSystem, directory, description, await endOf(fileSystem, directory))
    }
    if (description) await removeOlderOffsets(fileSystem, directory)
  } finally {
    lock.release()
  }
  return format === OLDER_FORMAT
}

/** Without a file of offsets, every sink begins at the oldest event, as in format 1. */
async function convertOffsets(fileSystem: FileSystem, directory: string): Promise<void> {
  const lines: Buffer[] = []
  const path = join(directory, OLDER_OFFSETS_FILE)
  await eachLine(fileSystem, path, MAX_OFFSETS_BYTES, (line) => void lines.push(upgradedOffsetsLine(line)))
  if (lines.length === 0) return
  const file = await replaceFile(fileSystem, join(directory, OFFSETS_FILE), Buffer.concat(lines))
  await file.close()
}

/** The sequence after the last line. */
async function endOf(fileSystem: FileSystem, directory: string): Promise<number> {
  const reader = new BackwardReader({ segments: new SourceSegments(fileSystem, directory), since: -Infinity })
  const newest = await reader.next()
  await reader.release()
  return newest ? newest.end : 0
}

async function removeOlderOffsets(fileSystem: FileSystem, directory: string): Promise<void> {
  await fileSystem.remove(join(directory, OLDER_OFFSETS_FILE)).catch(ifMissing)
  await fileSystem.syncDirectory(directory)
}

function unavailable(problem: string): AuditError {
  return new AuditError('AUDIT_JOURNAL_UNAVAILABLE', problem)
}
