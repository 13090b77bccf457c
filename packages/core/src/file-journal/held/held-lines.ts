import { join } from 'node:path'
import type { Extent } from '../../log-format/extents.ts'
import type { FileSystem } from '../../log-format/file-system.ts'
import { segmentOf } from '../../log-format/segment-name.ts'
import { copyPart } from '../../log-format/segment-copy.ts'
import { ensureDirectory } from '../../log-format/small-file.ts'
import type { HeldFile, HeldReason } from '../../log-format/held-files.ts'

// Lines that a start found after the last valid tag. They are moved into `held/` unchanged, one file per affected segment,
// and do not count from then on. A file gets its final name once the log has recorded its content.

/** Describes the lines to hold, from `offset` on. */
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
  readonly offset: { readonly extent: Extent; readonly bytes: number } | undefined
  /** Bytes of each segment. */
  readonly sizes: ReadonlyMap<string, number>
  /** For segments that count only in part: the bytes that count. */
  readonly cuts: ReadonlyMap<string, number>
}

/**
 * Copies every line after an offset. The segments stay until a later generation replaces them. A repeated call ends with the same
 * files.
 */
export async function holdBehind(options: HoldOptions): Promise<void> {
  const { fileSystem, log, held, extents, reason, from, offset, sizes, cuts } = options
  await ensureDirectory(fileSystem, held)
  for (const extent of extents.slice(offset ? extents.indexOf(offset.extent) : 0)) {
    const { name, generation } = extent.segment
    const isPart = extent === offset?.extent
    const start = isPart ? offset.bytes : 0
    const end = cuts.get(name) ?? sizes.get(name)!
    if (start >= end) continue
    const to = join(held, nameOf(isPart ? segmentOf(from, generation).name : name, reason))
    const copy = await copyPart(fileSystem, { from: join(log, name), to, start, end })
    await copy.close()
  }
}

/** The log has recorded the content of the file. */
export async function markRecorded(fileSystem: FileSystem, { path, isRecorded }: HeldFile): Promise<void> {
  if (!isRecorded) await fileSystem.rename(path, path.slice(0, -NEW.length))
}

const NEW = '.new'

function nameOf(segment: string, reason: HeldReason): string {
  return `${segment.slice(0, -'.ndjson'.length)}.${reason}.ndjson${NEW}`
}
