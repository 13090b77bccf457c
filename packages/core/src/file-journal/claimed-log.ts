import { basename, join } from 'node:path'
import type { FileSystem } from '../log-format/file-system.ts'
import type { LogsSetAside } from './logs-set-aside.ts'
import { Fencing } from './log/fencing.ts'
import { Offsets, type BeyondEnd } from './log/offsets.ts'
import type { HeldLogs } from './held/held-logs.ts'
import type { ReleasedLines } from './held/released-log.ts'
import { HELD_DIRECTORY, SEAL_CURSOR } from '../log-format/file-names.ts'
import { listHeld, readHeld, type HeldContent, type HeldFile } from '../log-format/held-files.ts'
import { recoverLog, type Evidence, type RecoveredLog } from './log/recovery.ts'
import { parseSegment } from '../log-format/segment-name.ts'
import { refuseSigned } from './held/signed-log.ts'
import { ensureDirectory } from '../log-format/small-file.ts'
import { DigestCheck } from './seal/digest-check.ts'
import { TagCheck } from './seal/tag-check.ts'
import { describeSource, makeSourceDirectory, untaggedEnd } from '../log-format/source-directory.ts'
import { LogWriter } from './log/log-writer.ts'
import { LogSealer } from './seal/log-sealer.ts'
import { findCheckpoint, type FoundCheckpoint, type SealRefusal } from './seal/seal-start.ts'
import type { Seal } from '../journal/seal.ts'

/** A source that this process alone reads on and, unless it is damaged, writes. */
export interface ClaimedLog {
  readonly directory: string
  readonly log: LogWriter
  readonly offsets: Offsets
  readonly recovered: RecoveredLog
  /** The lines that a person released, if the log was held as a whole: every sink begins with its first line. */
  readonly released: ReleasedLines | undefined
  /** Held lines that no log has recorded yet. */
  readonly heldNow: readonly HeldNow[]
  /** Offsets of cursors that were beyond the end of the log, and were corrected. */
  readonly beyondEnd: readonly BeyondEnd[]
  /** Left out: it is not sealed by this process. */
  readonly seal?: LogSealer
}

export interface HeldNow {
  readonly file: HeldFile
  readonly content: HeldContent
}

/** Small enough to be copied in no time, large enough that a year of restarts leaves few files. */
const MERGE_BYTES = 4 << 20

export interface ClaimOptions {
  readonly fileSystem: FileSystem
  readonly segmentBytes: number
  readonly seal: Seal | undefined
  readonly held: HeldLogs
  readonly aside: LogsSetAside
  readonly warn: (cause: string, message: string) => void
}

/** Continues a source. Nothing if another process has it. Rejects if a key signed it and this process has none. */
export async function claimLog(directory: string, source: string, options: ClaimOptions): Promise<ClaimedLog | undefined> {
  const { fileSystem, seal, held } = options
  const released = await held.releasedLines(directory, source)
  if (!seal?.keys.length && !released) {
    const lock = fileSystem.lock(join(directory, 'lock.db'))
    if (!lock) return undefined
    lock.release()
    // Before it is claimed, so that a process with the key finds it as it was.
    await refuseSigned(fileSystem, directory)
  }
  for (const name of ['log', 'dead-letters', 'commands']) await ensureDirectory(fileSystem, join(directory, name))
  const names = await fileSystem.list(join(directory, 'log'))
  const seen = names.flatMap((name) => parseSegment(name)?.generation.term ?? [])
  const fencing = await Fencing.claim(fileSystem, directory, seen)
  return fencing && owned(directory, source, fencing, options, { isNew: false, released })
}

/** Makes a new one. Nothing if another process was quicker to take it. */
export async function createLog(
  root: string,
  service: string,
  now: number,
  options: ClaimOptions,
): Promise<ClaimedLog | undefined> {
  const { fileSystem } = options
  const directory = await makeSourceDirectory(fileSystem, root, service)
  const fencing = await Fencing.claim(fileSystem, directory, [])
  if (!fencing) return undefined
  try {
    const { source } = await describeSource(fileSystem, directory, service, now)
    return await owned(directory, source, fencing, options, { isNew: true, released: undefined })
  } catch (error) {
    await fencing.release()
    throw error
  }
}

/** Gives it back, so that another process may take it. */
export async function releaseLog({ log, offsets, seal }: ClaimedLog): Promise<void> {
  await seal?.close()
  await offsets.close()
  await log.close()
}

/** A process, as signed requests name it: the log that it writes, and its term. */
export function ownerOf({ directory, log }: ClaimedLog): string {
  return `${basename(directory)}.${log.fencing.term}`
}

/** The part of an `audit:recovered` event about a cursor whose offset was beyond the end of the log. */
export function offsetsReset({ log, beyondEnd }: ClaimedLog): readonly object[] {
  const { source, end, first } = log
  return beyondEnd.map(({ name, offset }) => ({ source, reason: 'offset-beyond-end', sink: name, offset, end, from: first }))
}

/** Returns the reason not to append to a log. Undefined if there is no reason. */
export function whyNotContinued({ log, seal }: ClaimedLog): 'damaged' | SealRefusal | undefined {
  return log.isDamaged ? 'damaged' : seal?.refusal
}

async function owned(
  directory: string,
  source: string,
  fencing: Fencing,
  { fileSystem, segmentBytes, seal, warn }: ClaimOptions,
  { isNew, released }: { readonly isNew: boolean; readonly released: ReleasedLines | undefined },
): Promise<ClaimedLog> {
  const isReleased = released !== undefined
  let recovered: RecoveredLog | undefined
  let offsets: Offsets | undefined
  try {
    offsets = await Offsets.open(fileSystem, directory, { isNew, warn: (message) => warn('offsets', message) })
    const checkpoint = seal ? await findCheckpoint(fileSystem, directory, seal, source) : {}
    const isSigned = seal && seal.keys.length > 0 && !isReleased
    const evidence = isSigned ? await evidenceOf(fileSystem, directory, { seal, source, checkpoint }) : undefined
    recovered = await recoverLog({
      fileSystem,
      directory: join(directory, 'log'),
      term: fencing.term,
      mark: offsets.mark,
      mergeBytes: Math.min(MERGE_BYTES, segmentBytes / 4),
      evidence,
    })
    const hasTags = evidence !== undefined && evidence.tagKeys.length > 0
    const digests = evidence && !hasTags ? new DigestCheck(recovered.end) : undefined
    const log = new LogWriter({
      fileSystem,
      directory: join(directory, 'log'),
      source,
      fencing,
      recovered,
      segmentBytes,
      tagKey: evidence?.tagKeys[0],
      onCounted: digests && ((bytes, end) => digests.add(bytes, end)),
    })
    const beyondEnd = offsets.resetBeyond(log.end, log.first).filter(({ name }) => name !== SEAL_CURSOR)
    offsets.follow(() => log.mark)
    const check = hasTags ? new TagCheck(evidence.tagKeys, recovered.coveredTag) : digests
    const sealed =
      seal && (await LogSealer.open({ fileSystem, directory, log, offsets, seal, checkpoint, isReleased, isNew, check }))
    await sealed?.sealFound()
    const heldNow = evidence ? await readUnrecorded(fileSystem, directory) : []
    return {
      directory,
      log,
      offsets,
      recovered,
      heldNow,
      beyondEnd,
      released,
      ...(sealed && { seal: sealed }),
    }
  } catch (error) {
    await recovered?.writer?.close()
    await offsets?.release()
    await fencing.release()
    throw error
  }
}

/** The evidence that lines of a signed log must match. An unsigned log has no evidence: there, every line found counts. */
async function evidenceOf(
  fileSystem: FileSystem,
  directory: string,
  { seal, source, checkpoint }: { readonly seal: Seal; readonly source: string; readonly checkpoint: FoundCheckpoint },
): Promise<Evidence> {
  const untagged = await untaggedEnd(fileSystem, directory)
  return { covered: checkpoint.known?.size, tagKeys: seal.tagKeys(source), untagged, held: join(directory, HELD_DIRECTORY) }
}

async function readUnrecorded(fileSystem: FileSystem, directory: string): Promise<readonly HeldNow[]> {
  const files = (await listHeld(fileSystem, directory)).filter(({ isRecorded }) => !isRecorded)
  return Promise.all(files.map(async (file) => ({ file, content: await readHeld(fileSystem, file) })))
}

/** Number of lines of a log that is held as a whole. 0 if sinks had them all, so that no line needs a release. */
export function withheldLines({ log, offsets, recovered }: ClaimedLog): number {
  const sinks = offsets.names.filter((name) => name !== SEAL_CURSOR)
  const isDrained = sinks.length > 0 && sinks.every((name) => offsets.get(name)! >= log.end)
  return recovered.isWithheld && !isDrained ? log.end - log.first : 0
}
