import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Extent } from './extents.ts'
import type { FileSystem } from './file-system.ts'
import { LineReader } from './line-reader.ts'
import { readRecord, recordsWithin } from './record-line.ts'
import { segmentOf } from './segment-name.ts'
import { copyPart } from './segment-copy.ts'
import { ensureDirectory, ifMissing } from './small-file.ts'

// Lines that a start found after the last valid tag. They are moved into `held/` unchanged, one file per affected segment,
// and do not count from then on. A file gets its final name once the log has recorded its content.

/** Reason why lines are held. `torn`: a crash cut off one group, whose callers never got a result. */
export type HeldReason = 'torn' | 'unauthenticated'

export interface HeldFile {
  readonly path: string
  readonly reason: HeldReason
  /** The sequence that the first of its lines would have had. */
  readonly from: number
  /** The log of the process that found it has recorded it. */
  readonly isRecorded: boolean
}

/** The part of an `audit:recovered` event about one file. */
export interface HeldContent {
  readonly from: number
  /** Number of complete lines. */
  readonly lines: number
  readonly bytes: number
  /** Hash of all its bytes, in hexadecimal digits. */
  readonly sha256: string
}

export const HELD_DIRECTORY = 'held'
const NAME = /^(\d{20})\.\d{1,9}-\d{1,9}\.(torn|unauthenticated)\.ndjson(\.new)?$/

/** Describes the lines to hold, from `place` on. */
export interface HoldOptions {
  readonly fileSystem: FileSystem
  /** Directory of the segments. */
  readonly log: string
  readonly held: string
  readonly extents: readonly Extent[]
  readonly reason: HeldReason
  /** The sequence of the first line that does not count. */
  readonly from: number
  /** End of the last line that counts. Undefined if no line counts. */
  readonly place: { readonly extent: Extent; readonly bytes: number } | undefined
  /** Bytes of each segment. */
  readonly sizes: ReadonlyMap<string, number>
  /** Bytes of those segments of which only a part counts. */
  readonly cuts: ReadonlyMap<string, number>
}

/**
 * Copies every line after an offset. The segments stay until a later generation replaces them. A repeated call ends with the same
 * files.
 */
export async function holdBehind(options: HoldOptions): Promise<void> {
  const { fileSystem, log, held, extents, reason, from, place, sizes, cuts } = options
  await ensureDirectory(fileSystem, held)
  for (const extent of extents.slice(place ? extents.indexOf(place.extent) : 0)) {
    const { name, generation } = extent.segment
    const isPart = extent === place?.extent
    const start = isPart ? place.bytes : 0
    const end = cuts.get(name) ?? sizes.get(name)!
    if (start >= end) continue
    const to = join(held, nameOf(isPart ? segmentOf(from, generation).name : name, reason))
    const copy = await copyPart(fileSystem, { from: join(log, name), to, start, end })
    await copy.close()
  }
}

/** The files of a log's directory that hold lines, the oldest sequence first. */
export async function listHeld(fileSystem: FileSystem, directory: string): Promise<readonly HeldFile[]> {
  const held = join(directory, HELD_DIRECTORY)
  const names = (await fileSystem.list(held).catch(ifMissing)) ?? []
  return names.toSorted().flatMap((name) => {
    const match = NAME.exec(name)
    if (!match) return []
    const reason = match[2] as HeldReason
    return [{ path: join(held, name), reason, from: Number(match[1]), isRecorded: match[3] === undefined }]
  })
}

/** Reads a file as far as a reader of the journal does. `check` is called for each chunk, and may throw to end that. */
export async function readHeld(
  fileSystem: FileSystem,
  { path, from }: HeldFile,
  check: () => void = () => undefined,
): Promise<HeldContent> {
  const file = await fileSystem.open(path, 'read')
  const sha256 = createHash('sha256')
  let lines = 0
  let bytes = 0
  const seen = {
    async read(target: Uint8Array, position: number): Promise<number> {
      check()
      const count = await file.read(target, position)
      sha256.update(target.subarray(0, count))
      bytes += count
      return count
    },
  }
  try {
    const reader = new LineReader(seen)
    while (await reader.fill()) {
      for (let line = reader.take(); line; line = reader.take()) {
        lines += readRecord(line) ? 1 : recordsWithin(line).length
      }
    }
  } finally {
    await file.close()
  }
  return { from, lines, bytes, sha256: sha256.digest('hex') }
}

/** The log has recorded the content of the file. */
export async function markRecorded(fileSystem: FileSystem, { path, isRecorded }: HeldFile): Promise<void> {
  if (!isRecorded) await fileSystem.rename(path, path.slice(0, -NEW.length))
}

const NEW = '.new'

function nameOf(segment: string, reason: HeldReason): string {
  return `${segment.slice(0, -'.ndjson'.length)}.${reason}.ndjson${NEW}`
}
