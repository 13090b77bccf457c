import { join } from 'node:path'
import { effectiveExtents, type Extent } from './extents.ts'
import type { FileSystem, OpenFile } from './file-system.ts'
import { LineReader } from './line-reader.ts'
import { readRecord, recordsWithin } from './record-line.ts'
import { parseSegment, segmentOf, type Segment } from './segment-name.ts'
import { SegmentWriter } from './segment-writer.ts'

// Finds out what a log holds after its last owner is gone, however it went. Reads only the last segment: whatever was rotated away
// had been synced before. Changes nothing of what it finds: the tail may be in the page cache alone, so it is copied into a segment
// of the new term and made durable before anything of it is delivered; the old one stays until the next start.

export interface RecoveredLog {
  readonly extents: readonly Extent[]
  /** The sequence after the last. */
  readonly end: number
  /** The copy of the tail, to be appended to. */
  readonly writer: SegmentWriter | undefined
  /** Bytes of each segment that counts. */
  readonly sizes: ReadonlyMap<string, number>
  /** Bytes of the tail that are no whole lines: a write that a crash tore. */
  readonly tornBytes: number
  /** Whole lines stand behind broken ones, so this was no torn write. Such a log is read and never written again. */
  readonly isDamaged: boolean
}

const COPY_BYTES = 1 << 20

/** `term` is the new owner's. */
export async function recoverLog(fileSystem: FileSystem, directory: string, term: number): Promise<RecoveredLog> {
  const names = await fileSystem.list(directory)
  for (const name of names) if (name.endsWith('.tmp')) await fileSystem.remove(join(directory, name))
  const segments = names.flatMap((name) => parseSegment(name) ?? [])
  const { extents, superseded } = effectiveExtents(segments)
  const sizes = await sizesOf(fileSystem, directory, extents)
  const last = extents.at(-1)
  if (!last) return { extents, end: 0, writer: undefined, sizes, tornBytes: 0, isDamaged: false }

  const scanned = await scan(fileSystem, directory, last.segment)
  const tornBytes = sizes.get(last.segment.name)! - scanned.bytes
  if (scanned.isDamaged) return { extents, end: scanned.end, writer: undefined, sizes, tornBytes, isDamaged: true }
  if (scanned.bytes === 0) {
    sizes.delete(last.segment.name)
    return { extents: extents.slice(0, -1), end: scanned.end, writer: undefined, sizes, tornBytes, isDamaged: false }
  }
  const copied = segmentOf(last.first, { term, attempt: 0 })
  const writer = await copy(fileSystem, directory, last.segment, copied, scanned.bytes)
  // What counted for nothing already before this start has been durable elsewhere since then.
  for (const { name } of superseded) await fileSystem.remove(join(directory, name)).catch(() => undefined)
  sizes.delete(last.segment.name)
  sizes.set(copied.name, scanned.bytes)
  const kept = [...extents.slice(0, -1), { segment: copied, first: copied.first, end: Infinity }]
  return { extents: kept, end: scanned.end, writer, sizes, tornBytes, isDamaged: false }
}

async function sizesOf(fileSystem: FileSystem, directory: string, extents: readonly Extent[]): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  for (const { segment } of extents) sizes.set(segment.name, (await fileSystem.stat(join(directory, segment.name))).size)
  return sizes
}

interface Scanned {
  /** Of the whole lines at the front. */
  readonly bytes: number
  readonly end: number
  readonly isDamaged: boolean
}

async function scan(fileSystem: FileSystem, directory: string, segment: Segment): Promise<Scanned> {
  const file = await fileSystem.open(join(directory, segment.name), 'read')
  try {
    return await scanLines(new LineReader(file), segment.first)
  } finally {
    await file.close()
  }
}

async function scanLines(lines: LineReader, first: number): Promise<Scanned> {
  let end = first
  let bytes = 0
  let isTorn = false
  let isDamaged = false
  while (await lines.fill()) {
    for (let line = lines.take(); line; line = lines.take()) {
      const record = readRecord(line)
      if (record && record.sequence === end && !isTorn) {
        end++
        bytes = lines.offset
        continue
      }
      isTorn = true
      for (const { sequence } of record ? [record] : recordsWithin(line)) {
        if (sequence < end) continue
        isDamaged = true
        end = sequence + 1
      }
    }
  }
  return { bytes, end, isDamaged }
}

/** Copies so many bytes of a segment. The copy gets its name once it is durable: half of one must never count. */
async function copy(
  fileSystem: FileSystem,
  directory: string,
  from: Segment,
  to: Segment,
  bytes: number,
): Promise<SegmentWriter> {
  const path = join(directory, to.name)
  const source = await fileSystem.open(join(directory, from.name), 'read')
  let target: OpenFile | undefined
  try {
    target = await fileSystem.open(`${path}.tmp`, 'create')
    await copyBytes(source, target, bytes)
    await target.sync()
    await fileSystem.rename(`${path}.tmp`, path)
    await fileSystem.syncDirectory(directory)
    return new SegmentWriter(to, target, await target.stat())
  } catch (error) {
    await target?.close().catch(() => undefined)
    throw error
  } finally {
    await source.close()
  }
}

async function copyBytes(source: OpenFile, target: OpenFile, bytes: number): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(COPY_BYTES, bytes))
  for (let copied = 0; copied < bytes;) {
    const count = await source.read(buffer.subarray(0, Math.min(buffer.length, bytes - copied)), copied)
    if (count === 0) throw new Error('The segment became shorter while it was copied.')
    const taken = await target.write(buffer.subarray(0, count))
    if (taken !== count) throw Object.assign(new Error('The disk takes no more.'), { code: 'ENOSPC' })
    copied += count
  }
}
