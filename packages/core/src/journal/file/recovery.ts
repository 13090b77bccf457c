import { join } from 'node:path'
import { effectiveExtents, withSegment, type Extent } from './extents.ts'
import type { FileSystem, OpenFile } from './file-system.ts'
import { LineReader } from './line-reader.ts'
import { recordsWithin, sequenceOf } from './record-line.ts'
import { parseSegment, segmentOf, type Segment } from './segment-name.ts'
import { SegmentWriter } from './segment-writer.ts'

// Finds out what a log holds after its last owner is gone, however it went. Reads only the tail: what stands in the last segment
// behind the place that is known to be durable. It may be in the page cache alone, so it is copied into a segment of the new term
// and made durable before anything of it is delivered. Nothing that is found is changed; the old tail stays until the next start.

/** Up to here a segment was synced, and its owner had been told so. */
export interface DurableMark {
  readonly segment: string
  readonly bytes: number
  /** The sequence after its last line. */
  readonly end: number
}

export interface RecoveredLog {
  readonly extents: readonly Extent[]
  /** The sequence after the last. */
  readonly end: number
  /** The copy of the tail, to be appended to. */
  readonly writer: SegmentWriter | undefined
  /** Files that are still there and count for nothing. */
  readonly voided: readonly Segment[]
  /** Bytes of each segment that counts. */
  readonly sizes: ReadonlyMap<string, number>
  /** Bytes of the tail that are no whole lines: a write that a crash tore. */
  readonly tornBytes: number
  /** Whole lines stand behind broken ones, so this was no torn write. Such a log is read and never written again. */
  readonly isDamaged: boolean
}

export interface RecoveryOptions {
  readonly fileSystem: FileSystem
  readonly directory: string
  /** The new owner's. */
  readonly term: number
  readonly mark: DurableMark | undefined
  /** What stands before the mark is copied with the tail if it is less than this, so that many starts leave few files. */
  readonly mergeBytes: number
}

const COPY_BYTES = 1 << 20

export async function recoverLog(options: RecoveryOptions): Promise<RecoveredLog> {
  const { fileSystem, directory, term } = options
  const names = await fileSystem.list(directory)
  for (const name of names) if (name.endsWith('.tmp')) await fileSystem.remove(join(directory, name))
  const segments = names.flatMap((name) => parseSegment(name) ?? [])
  const { extents, superseded } = effectiveExtents(segments)
  const sizes = await sizesOf(fileSystem, directory, extents)
  const last = extents.at(-1)
  const found = { extents, voided: superseded, sizes, writer: undefined }
  if (!last) return { ...found, end: 0, tornBytes: 0, isDamaged: false }

  const { name } = last.segment
  const size = sizes.get(name)!
  const mark = options.mark?.segment === name ? options.mark : { segment: name, bytes: 0, end: last.first }
  const from = mark.bytes < options.mergeBytes || mark.bytes > size ? { bytes: 0, end: last.first } : mark
  const scanned = await scan(fileSystem, join(directory, name), from)
  const tornBytes = size - scanned.bytes
  // Shorter than it was known to be is no torn write either.
  const isDamaged = scanned.isDamaged || scanned.bytes < mark.bytes
  if (isDamaged) return { ...found, end: scanned.end, tornBytes, isDamaged }

  const kept = from.bytes > 0 ? extents : extents.slice(0, -1)
  const left = from.bytes > 0 ? [] : [last.segment]
  if (from.bytes > 0) sizes.set(name, from.bytes)
  else sizes.delete(name)
  if (scanned.bytes === from.bytes) {
    return { ...found, extents: kept, voided: [...superseded, ...left], end: scanned.end, tornBytes, isDamaged }
  }
  const copied = segmentOf(from.end, { term, attempt: 0 })
  const writer = await copyTail(fileSystem, directory, { from: last.segment, to: copied, start: from.bytes, end: scanned.bytes })
  // What counted for nothing already before this start has been durable elsewhere since then.
  for (const segment of superseded) await fileSystem.remove(join(directory, segment.name)).catch(() => undefined)
  sizes.set(copied.name, writer.size)
  return { extents: withSegment(kept, copied), voided: left, end: scanned.end, writer, sizes, tornBytes, isDamaged }
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

async function scan(
  fileSystem: FileSystem,
  path: string,
  from: { readonly bytes: number; readonly end: number },
): Promise<Scanned> {
  const file = await fileSystem.open(path, 'read')
  try {
    return await scanLines(new LineReader(file, from.bytes), from)
  } finally {
    await file.close()
  }
}

async function scanLines(lines: LineReader, from: { readonly bytes: number; readonly end: number }): Promise<Scanned> {
  let { bytes, end } = from
  let isTorn = false
  let isDamaged = false
  while (await lines.fill()) {
    for (let line = lines.take(); line; line = lines.take()) {
      const sequence = sequenceOf(line)
      if (sequence === end && !isTorn) {
        end++
        bytes = lines.offset
        continue
      }
      isTorn = true
      for (const found of sequence === undefined ? recordsWithin(line).map((record) => record.sequence) : [sequence]) {
        if (found < end) continue
        isDamaged = true
        end = found + 1
      }
    }
  }
  return { bytes, end, isDamaged }
}

interface Tail {
  readonly from: Segment
  readonly to: Segment
  /** In bytes. */
  readonly start: number
  readonly end: number
}

/** The copy gets its name once it is durable: half of one must never count. */
async function copyTail(fileSystem: FileSystem, directory: string, tail: Tail): Promise<SegmentWriter> {
  const path = join(directory, tail.to.name)
  const source = await fileSystem.open(join(directory, tail.from.name), 'read')
  let target: OpenFile | undefined
  try {
    target = await fileSystem.open(`${path}.tmp`, 'create')
    await copyBytes(source, target, tail)
    await target.sync()
    await fileSystem.rename(`${path}.tmp`, path)
    await fileSystem.syncDirectory(directory)
    return new SegmentWriter(tail.to, target, await target.stat())
  } catch (error) {
    await target?.close().catch(() => undefined)
    throw error
  } finally {
    await source.close()
  }
}

async function copyBytes(source: OpenFile, target: OpenFile, { start, end }: Tail): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(COPY_BYTES, end - start))
  for (let place = start; place < end;) {
    const count = await source.read(buffer.subarray(0, Math.min(buffer.length, end - place)), place)
    if (count === 0) throw new Error('The segment became shorter while it was copied.')
    const taken = await target.write(buffer.subarray(0, count))
    if (taken !== count) throw Object.assign(new Error('The disk takes no more.'), { code: 'ENOSPC' })
    place += count
  }
}
