import { join } from 'node:path'
import { AuditError } from '../errors.ts'
import type { AuditEvent } from '../event/event.ts'
import type { DeadLetter } from '../journal/dead-letter-store.ts'
import { readAllLetters } from '../log-format/dead-letter-file.ts'
import { readHeldLog } from '../log-format/held-files.ts'
import type { HeldLog } from '../journal/held.ts'
import type { FileSystem } from '../log-format/file-system.ts'
import { nodeFileSystem } from '../log-format/node-file-system.ts'
import { CHECKPOINT_FILE, SEAL_CURSOR } from '../log-format/file-names.ts'
import { ifMissing, ifNotThere, readText, statEach } from '../log-format/small-file.ts'
import { damageOf } from '../log-format/source-directory.ts'
import { inspectSource } from '../log-format/source-inspection.ts'
import { BackwardReader } from './backward-reader.ts'
import { ForwardReader } from './forward-reader.ts'
import { isLocked, readOwner, type SourceOwner } from './source-owner.ts'
import { readOffsets } from '../log-format/offsets-file.ts'
import { SourceSegments } from './source-segments.ts'
import { eventOfLine } from './trail-line.ts'
import { trailSources, type TrailSource } from './trail-sources.ts'

/** The state of a log, by its current files. */
export interface SourceState {
  readonly owner?: SourceOwner
  /** It was closed in order, and has not been opened since. */
  readonly isClosed: boolean
  /** No process writes it again, for this reason: one of `audit:recovered`. */
  readonly damage?: string
  /** Some of its files have an unexpected kind, so the services set the log aside; one sentence. */
  readonly problem?: string
  /** Lines of it that could not be authenticated: they are not delivered until a person releases them. */
  readonly held?: HeldLog
  /** Sequence of its oldest event. */
  readonly first: number
  /** The sequence after its newest one. */
  readonly end: number
  /** Size of all segments, including void ones. */
  readonly bytes: number
  /** RFC 3339: when its newest event was recorded. */
  readonly newestAt?: string
  /** The sequence that each sink has not acknowledged yet. */
  readonly offsets: ReadonlyMap<string, number>
  /** Number of dead letters by sink. */
  readonly deadLetters: ReadonlyMap<string, number>
  /** Its newest checkpoint as it is stored, and its time in milliseconds since 1970. */
  readonly checkpoint?: { readonly text: string; readonly at: number }
}

/**
 * Lists the logs of a journal directory, or the log itself if it is the directory of one. Rejects with
 * `AUDIT_JOURNAL_UNAVAILABLE` if it does not exist.
 */
export function listTrailSources(directory: string): Promise<readonly TrailSource[]> {
  return trailSources(nodeFileSystem, directory)
}

/**
 * Reads the state of a log without changing anything, while another process may write it. Small files that cannot be read are
 * left out, and `problem` says so.
 */
export async function readSourceState({ directory }: TrailSource): Promise<SourceState> {
  const fileSystem = nodeFileSystem
  const sizes = await sizesIn(fileSystem, join(directory, 'log'))
  const segments = new SourceSegments(fileSystem, directory, (name) => sizes.get(name) === 0)
  const [newest, beforeIt] = await newestLines(segments)
  let problem = await inspectSource(fileSystem, directory).then(() => undefined, problemOf)
  const leftOut = (error: unknown) => {
    problem ??= problemOf(error)
    return []
  }
  const letters = await readDeadLetters({ directory }).catch(leftOut)
  const read = await readOffsets(fileSystem, directory).catch((error: unknown) => void leftOut(error))
  const offsets = new Map(read?.offsets)
  offsets.delete(SEAL_CURSOR)
  const held = await readHeldLog(fileSystem, directory).catch((error: unknown) => void leftOut(error))
  const damage = await damageOf(fileSystem, directory)
  const owner = await readOwner(fileSystem, directory)
  const checkpoint = await readCheckpoint(fileSystem, join(directory, CHECKPOINT_FILE))
  return {
    ...(owner && { owner }),
    isClosed: isSystemEvent(newest, 'closed') || (isSystemEvent(newest, 'sealed') && isSystemEvent(beforeIt, 'closed')),
    ...(damage !== undefined && { damage }),
    ...(problem !== undefined && { problem }),
    ...(held && { held }),
    first: (await firstSequence(segments)) ?? 0,
    end: newest ? newest.sequence! + 1 : 0,
    bytes: [...sizes.values()].reduce((sum, size) => sum + size, 0),
    ...(newest && { newestAt: newest.timestamp }),
    offsets,
    deadLetters: countBy(letters.map(({ sink }) => sink)),
    ...(checkpoint && { checkpoint }),
  }
}

/** True if a process has the log now. Its owner alone does not show that, because any user who can write the files can name one. */
export async function isSourceInUse({ directory }: TrailSource): Promise<boolean> {
  const isAsExpected = await inspectSource(nodeFileSystem, directory).then(() => true, problemOf)
  return isAsExpected === true && isLocked(nodeFileSystem, directory)
}

/** Lists the dead letters of a log, oldest first by sink; only those of `sink` if it is named. */
export async function readDeadLetters(
  { directory }: Pick<TrailSource, 'directory'>,
  sink?: string,
): Promise<readonly DeadLetter[]> {
  const letters = await readAllLetters(nodeFileSystem, join(directory, 'dead-letters'))
  return sink === undefined ? letters : letters.filter((letter) => letter.sink === sink)
}

/** Returns the message of an error of ours; throws errors of the disk. */
function problemOf(error: unknown): string {
  if (AuditError.isInstance(error)) return error.message
  throw error
}

async function newestLines(segments: SourceSegments): Promise<readonly AuditEvent[]> {
  const reader = new BackwardReader({ segments, since: -Infinity })
  const events: AuditEvent[] = []
  for (let record = await reader.next(); record && events.length < 2; record = await reader.next()) {
    const event = eventOfLine(record.line)
    if (event) events.push(event)
  }
  return events
}

async function firstSequence(segments: SourceSegments): Promise<number | undefined> {
  const reader = new ForwardReader({ segments, since: -Infinity })
  const record = await reader.next()
  await reader.release()
  return record?.sequence
}

/** The size of each file in a directory, by name. */
async function sizesIn(fileSystem: FileSystem, directory: string): Promise<ReadonlyMap<string, number>> {
  const names = (await fileSystem.list(directory).catch(ifMissing)) ?? []
  const paths = names.map((name) => join(directory, name))
  const stats = await statEach(fileSystem, paths)
  return new Map(names.flatMap((name, at) => (stats[at] ? [[name, stats[at].size] as const] : [])))
}

async function readCheckpoint(fileSystem: FileSystem, path: string): Promise<SourceState['checkpoint']> {
  const text = await readText(fileSystem, path).catch(ifNotThere)
  const stat = await fileSystem.stat(path).catch(ifMissing)
  return text === undefined || !stat ? undefined : { text, at: stat.modifiedAt }
}

function isSystemEvent(event: AuditEvent | undefined, action: string): boolean {
  return event?.type === 'audit' && event.action === action
}

function countBy(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}
