import { join } from 'node:path'
import type { FileSystem } from '../log-format/file-system.ts'
import type { LogsSetAside } from './logs-set-aside.ts'
import { Ownership } from './log/fencing.ts'
import { Places, type BeyondEnd } from './log/offsets.ts'
import type { HeldLogs } from './held/held-logs.ts'
import { HELD_DIRECTORY, SEAL_CURSOR } from '../log-format/file-names.ts'
import { listHeld, readHeld, type HeldContent, type HeldFile } from '../log-format/held-files.ts'
import { recoverLog, type Evidence, type RecoveredLog } from './log/recovery.ts'
import { parseSegment } from '../log-format/segment-name.ts'
import { refuseSigned } from './held/signed-log.ts'
import { ensureDirectory } from '../log-format/small-file.ts'
import { DigestCheck } from './seal/digest-check.ts'
import { TagCheck } from './seal/tag-check.ts'
import { describeSource, makeSourceDirectory } from '../log-format/source-directory.ts'
import { SourceLog } from './log/log-writer.ts'
import { SourceSeal } from './seal/log-sealer.ts'
import { findCheckpoint, type FoundCheckpoint, type SealRefusal } from './seal/seal-start.ts'
import type { Seal } from '../journal/seal.ts'
import type { StoredRecord } from '../log-format/stored-record.ts'

/** A source that this process alone reads on and, unless it is damaged, writes. */
export interface OwnedSource {
  readonly directory: string
  readonly log: SourceLog
  readonly places: Places
  readonly recovered: RecoveredLog
  /** A person released all of it, so that every sink begins with its first line. */
  readonly isReleased: boolean
  /** Held lines that no log has recorded yet. */
  readonly heldNow: readonly HeldNow[]
  /** Places of readers that were beyond the end of the log, and were corrected. */
  readonly beyondEnd: readonly BeyondEnd[]
  /** Left out: it is not sealed by this process. */
  readonly seal?: SourceSeal
}

export interface HeldNow {
  readonly file: HeldFile
  readonly content: HeldContent
}

/** Small enough to be copied in no time, large enough that a year of restarts leaves few files. */
const MERGE_BYTES = 4 << 20

export interface TakeOptions {
  readonly fileSystem: FileSystem
  readonly segmentBytes: number
  readonly onAppended: (log: SourceLog, records: readonly StoredRecord[]) => void
  readonly seal: Seal | undefined
  readonly held: HeldLogs
  readonly aside: LogsSetAside
  readonly warn: (cause: string, message: string) => void
}

/** Continues a source. Nothing if another process has it. Rejects if a key signed it and this process has none. */
export async function takeSource(directory: string, source: string, options: TakeOptions): Promise<OwnedSource | undefined> {
  const { fileSystem, seal, held } = options
  const isReleased = await held.isReleased(directory)
  if (!seal?.keys.length && !isReleased) {
    const lock = fileSystem.lock(join(directory, 'lock.db'))
    if (!lock) return undefined
    lock.release()
    // Before it is claimed, so that a process with the key finds it as it was.
    await refuseSigned(fileSystem, directory)
  }
  for (const name of ['log', 'dead-letters', 'commands']) await ensureDirectory(fileSystem, join(directory, name))
  const names = await fileSystem.list(join(directory, 'log'))
  const seen = names.flatMap((name) => parseSegment(name)?.generation.term ?? [])
  const ownership = await Ownership.claim(fileSystem, directory, seen)
  return ownership && owned(directory, source, ownership, options, { isNew: false, isReleased })
}

/** Makes a new one. Nothing if another process was quicker to take it. */
export async function createSource(
  root: string,
  service: string,
  now: number,
  options: TakeOptions,
): Promise<OwnedSource | undefined> {
  const { fileSystem } = options
  const directory = await makeSourceDirectory(fileSystem, root, service)
  const ownership = await Ownership.claim(fileSystem, directory, [])
  if (!ownership) return undefined
  try {
    const { source } = await describeSource(fileSystem, directory, service, now)
    return await owned(directory, source, ownership, options, { isNew: true, isReleased: false })
  } catch (error) {
    await ownership.release()
    throw error
  }
}

/** Gives it back, so that another process may take it. */
export async function releaseSource({ log, places, seal }: OwnedSource): Promise<void> {
  await seal?.close()
  await places.close()
  await log.close()
}

/** The part of an `audit:recovered` event about a reader whose place was beyond the end of the log. */
export function placesTakenBack({ log, beyondEnd }: OwnedSource): readonly object[] {
  const { source, end, first } = log
  return beyondEnd.map(({ name, place }) => ({ source, reason: 'place-beyond-end', sink: name, place, end, from: first }))
}

/** Returns the reason not to append to a log. Undefined if there is no reason. */
export function whyNotContinued({ log, seal }: OwnedSource): 'damaged' | SealRefusal | undefined {
  return log.isDamaged ? 'damaged' : seal?.refusal
}

async function owned(
  directory: string,
  source: string,
  ownership: Ownership,
  { fileSystem, segmentBytes, onAppended, seal, warn }: TakeOptions,
  { isNew, isReleased }: { readonly isNew: boolean; readonly isReleased: boolean },
): Promise<OwnedSource> {
  let recovered: RecoveredLog | undefined
  let places: Places | undefined
  try {
    places = await Places.open(fileSystem, directory, { isNew, warn: (message) => warn('places', message) })
    const checkpoint = seal ? await findCheckpoint(fileSystem, directory, seal, source) : {}
    const evidence = seal && !isReleased ? evidenceOf(seal, source, directory, checkpoint) : undefined
    recovered = await recoverLog({
      fileSystem,
      directory: join(directory, 'log'),
      term: ownership.term,
      mark: places.mark,
      mergeBytes: Math.min(MERGE_BYTES, segmentBytes / 4),
      evidence,
    })
    const hasTags = evidence !== undefined && evidence.tagKeys.length > 0
    const digests = evidence && !hasTags ? new DigestCheck(recovered.end) : undefined
    const log = new SourceLog({
      fileSystem,
      directory: join(directory, 'log'),
      source,
      ownership,
      recovered,
      segmentBytes,
      tagKey: evidence?.tagKeys[0],
      onCounted: digests && ((bytes, end) => digests.add(bytes, end)),
      onAppended,
    })
    const beyondEnd = places.takeBackBeyond(log.end, log.first).filter(({ name }) => name !== SEAL_CURSOR)
    places.follow(() => log.mark)
    const check = hasTags ? new TagCheck(evidence.tagKeys, recovered.coveredTag) : digests
    const sealed = seal && (await SourceSeal.open({ fileSystem, directory, log, places, seal, checkpoint, isReleased, check }))
    await sealed?.sealFound()
    const heldNow = evidence ? await readUnrecorded(fileSystem, directory) : []
    return {
      directory,
      log,
      places,
      recovered,
      heldNow,
      beyondEnd,
      isReleased,
      ...(sealed && { seal: sealed }),
    }
  } catch (error) {
    await recovered?.writer?.close()
    await places?.release()
    await ownership.release()
    throw error
  }
}

/** Undefined without a key: then every line found counts. */
function evidenceOf(seal: Seal, source: string, directory: string, { known }: FoundCheckpoint): Evidence | undefined {
  if (seal.keys.length === 0) return undefined
  return { covered: known?.size, tagKeys: seal.tagKeys(source), held: join(directory, HELD_DIRECTORY) }
}

async function readUnrecorded(fileSystem: FileSystem, directory: string): Promise<readonly HeldNow[]> {
  const files = (await listHeld(fileSystem, directory)).filter(({ isRecorded }) => !isRecorded)
  return Promise.all(files.map(async (file) => ({ file, content: await readHeld(fileSystem, file) })))
}

/** Number of lines of a log that is held as a whole. 0 if sinks had them all, so that no line needs a release. */
export function withheldLines({ log, places, recovered }: OwnedSource): number {
  const sinks = places.names.filter((name) => name !== SEAL_CURSOR)
  const isDrained = sinks.length > 0 && sinks.every((name) => places.get(name)! >= log.end)
  return recovered.isWithheld && !isDrained ? log.end - log.first : 0
}
