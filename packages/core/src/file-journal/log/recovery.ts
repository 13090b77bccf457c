import { join } from 'node:path'
import { authenticate, type Authenticated } from '../held/authentication.ts'
import { effectiveExtents, withSegment, type Extent } from '../../log-format/extents.ts'
import type { FileSystem, OpenFile } from '../../log-format/file-system.ts'
import { FIRST_TAG, type GroupTag } from '../../log-format/group-tag.ts'
import { holdBehind } from '../held/held-lines.ts'
import type { HeldReason } from '../../log-format/held-files.ts'
import { LineReader } from '../../log-format/line-reader.ts'
import { recordsWithin, sequenceOf } from '../../log-format/record-line.ts'
import { copyPart } from '../../log-format/segment-copy.ts'
import { parseSegment, segmentOf, type Segment } from '../../log-format/segment-name.ts'
import { SegmentWriter } from './segment-writer.ts'
import type { DurableMark } from '../../log-format/offsets-file.ts'

// Finds the valid lines of a log after any end of its last owner. Reads only the tail: the lines of the last segment after the
// durable mark. They may be in the page cache only, so they are copied into a segment of the new term and made durable before
// they are delivered. The old tail stays until the next start. In a signed log only authenticated lines count. The others are
// held, and no cursor gets them.

/** The evidence that lines of a signed log must match before they count. */
export interface Evidence {
  /** The size of the log's checkpoint, if one of our keys signed it. */
  readonly covered: number | undefined
  /** Any of them makes valid tags. Empty: lines that the checkpoint does not cover cannot be authenticated. */
  readonly tagKeys: readonly Uint8Array[]
  /** Lines before this sequence may have no tag, because a format without tags wrote them. */
  readonly untagged: number
  /** Directory for lines that cannot be authenticated. */
  readonly held: string
}

export interface RecoveredLog {
  readonly extents: readonly Extent[]
  /** The sequence after the last event. */
  readonly end: number
  /** The copy of the tail, to which the new owner appends. */
  readonly writer: SegmentWriter | undefined
  /** Segments that still exist and do not count. */
  readonly voided: readonly Segment[]
  /** Bytes of each segment that counts. */
  readonly sizes: ReadonlyMap<string, number>
  /** Bytes of the tail that are not complete lines: a torn write. */
  readonly tornBytes: number
  /** True if complete lines follow broken ones, which is not a torn write. Such a log is read and never written again. */
  readonly isDamaged: boolean
  /** Tag of the last line, which the next group is chained to. Undefined in a log without tags. */
  readonly tag?: GroupTag | undefined
  /** Tag of the last line that the checkpoint covers. Undefined in a log without tags. */
  readonly coveredTag?: GroupTag | undefined
  /** Neither a checkpoint nor tags show that we wrote any of it: it is neither read nor written. */
  readonly isWithheld?: boolean
  /** Lines that count without authentication, because this process has no tag key. */
  readonly unauthenticated?: { readonly from: number; readonly lines: number }
}

export interface RecoveryOptions {
  readonly fileSystem: FileSystem
  readonly directory: string
  /** Term of the new owner. */
  readonly term: number
  readonly mark: DurableMark | undefined
  /** Bytes before the mark are copied with the tail if they are fewer than this, so that many starts leave few files. */
  readonly mergeBytes: number
  /** Undefined if the log is not signed: then every complete line counts. */
  readonly evidence?: Evidence | undefined
}

/** Twice the largest group. More bytes are never one group that a crash cut off. */
const MAX_TORN_BYTES = 4 << 20

export async function recoverLog(options: RecoveryOptions): Promise<RecoveredLog> {
  const { fileSystem, directory, evidence } = options
  const names = await fileSystem.list(directory)
  for (const name of names) if (name.endsWith('.tmp')) await fileSystem.remove(join(directory, name))
  const segments = names.flatMap((name) => parseSegment(name) ?? [])
  const { extents, superseded } = effectiveExtents(segments)
  const sizes = await sizesOf(fileSystem, directory, extents)
  const last = extents.at(-1)
  const found = { extents, voided: superseded, sizes, writer: undefined }
  if (!last) {
    const tag = evidence && evidence.tagKeys.length > 0 ? FIRST_TAG : undefined
    return { ...found, end: 0, tornBytes: 0, isDamaged: false, tag, coveredTag: tag }
  }

  const { name } = last.segment
  const size = sizes.get(name)!
  const mark = options.mark?.segment === name ? options.mark : { segment: name, bytes: 0, end: last.first }
  const from = mark.bytes < options.mergeBytes || mark.bytes > size ? { bytes: 0, end: last.first } : mark
  const scanned = await scan(fileSystem, join(directory, name), from)
  const tornBytes = size - scanned.bytes
  const known = await authenticated(options, extents, scanned.end)
  if (known === 'nothing') return { ...found, end: scanned.end, tornBytes: 0, isDamaged: false, isWithheld: true }
  const tags = known && { tag: known.tag, coveredTag: known.coveredTag }
  const covered = evidence?.covered ?? 0
  const unauthenticated =
    evidence && !known && scanned.end > covered ? { unauthenticated: { from: covered, lines: scanned.end - covered } } : {}
  // After the covered lines, the tags find broken ones. A log that is shorter than its durable mark is not a torn write either.
  const isBroken = scanned.isDamaged && !(known && scanned.whole >= covered)
  if (isBroken || scanned.bytes < mark.bytes) {
    return { ...found, end: known?.end ?? scanned.end, tornBytes, isDamaged: true, ...tags, ...unauthenticated }
  }
  const tail: Tail = { last, from, end: scanned.whole, bytes: scanned.bytes }
  // Every line after the authenticated ones is held.
  if (known && (known.rest.lines > 0 || known.end < scanned.end || scanned.isDamaged)) {
    const { end, offset, cuts } = known
    const bytes = offset?.extent === last ? size - offset.bytes : size
    // Without tags, acknowledged lines look like a torn write.
    const reason = end < evidence!.untagged ? 'unauthenticated' : reasonOf(known, bytes)
    await holdBehind({ fileSystem, log: directory, held: evidence!.held, extents, reason, from: end, offset, sizes, cuts })
    return { ...(await continueBehind(options, found, tail, known)), ...tags }
  }
  return { ...(await continueTail(options, found, tail)), tornBytes, ...tags, ...unauthenticated }
}

/**
 * The authenticated part of a signed log. Undefined without a checkpoint by our keys or a chain of tags from its first line on.
 */
async function authenticated(
  { fileSystem, directory, mark, evidence }: RecoveryOptions,
  extents: readonly Extent[],
  end: number,
): Promise<Authenticated | undefined | 'nothing'> {
  if (!evidence) return undefined
  const { covered, tagKeys } = evidence
  if (extents[0]!.first > (covered ?? 0)) return 'nothing'
  if (tagKeys.length === 0) return covered === undefined && end > 0 ? 'nothing' : undefined
  const found = await authenticate({ fileSystem, directory, extents, covered: covered ?? 0, tagKeys, mark })
  return covered === undefined && found.end === 0 && end > 0 ? 'nothing' : found
}

/** A crash cuts off one group before its tag, or leaves holes in the group in front of its tag, with which the file ends. */
function reasonOf({ tag, rest }: Authenticated, bytes: number): HeldReason {
  const hasHole = rest.isBroken && rest.tags === 1 && rest.isLastTagged
  const isTorn = tag !== undefined && rest.segments === 1 && bytes <= MAX_TORN_BYTES && (rest.tags === 0 || hasHole)
  return isTorn ? 'torn' : 'unauthenticated'
}

/** The last segment, with the ends of its durable part and of its complete lines. */
interface Tail {
  readonly last: Extent
  readonly from: { readonly bytes: number; readonly end: number }
  readonly end: number
  readonly bytes: number
}

type Found = Pick<RecoveredLog, 'extents' | 'voided' | 'writer'> & { readonly sizes: Map<string, number> }
type Continued = Omit<RecoveredLog, 'tornBytes' | 'tag' | 'coveredTag'>

/** Copies the tail into a segment of the new term. */
async function continueTail(options: RecoveryOptions, found: Found, tail: Tail): Promise<Continued> {
  const { fileSystem, directory, term } = options
  const { extents, voided, sizes } = found
  const { last, from, end, bytes } = tail
  const isAll = from.bytes === 0
  const kept = isAll ? extents.slice(0, -1) : extents
  const left = isAll ? [last.segment] : []
  if (isAll) sizes.delete(last.segment.name)
  else sizes.set(last.segment.name, from.bytes)
  if (bytes === from.bytes) return { ...found, extents: kept, voided: [...voided, ...left], end, isDamaged: false }
  const segment = segmentOf(from.end, { term, attempt: 0 })
  const paths = { from: join(directory, last.segment.name), to: join(directory, segment.name) }
  const file = await copyPart(fileSystem, { ...paths, start: from.bytes, end: bytes })
  return begun(options, { ...found, extents: kept, voided: left }, { superseded: voided, segment, file, end })
}

/** Continues after the last line that counts, in a segment that replaces everything after it. */
async function continueBehind(
  options: RecoveryOptions,
  found: Found,
  tail: Tail,
  { end, offset }: Authenticated,
): Promise<Continued & { readonly tornBytes: number }> {
  const { fileSystem, directory, term } = options
  const { extents, voided, sizes } = found
  const kept = offset ? extents.slice(0, extents.indexOf(offset.extent) + 1) : []
  const left = extents.slice(kept.length).map(({ segment }) => segment)
  for (const { name } of left) sizes.delete(name)
  if (offset?.extent === tail.last && offset.bytes > tail.from.bytes)
    return { ...(await continueTail(options, found, { ...tail, end, bytes: offset.bytes })), tornBytes: 0 }
  if (offset) sizes.set(offset.extent.segment.name, offset.bytes)
  const segment = segmentOf(end, { term, attempt: 0 })
  const path = join(directory, segment.name)
  const file = await fileSystem.open(path, 'create')
  await fileSystem.syncDirectory(directory)
  const continued = await begun(options, { ...found, extents: kept, voided: left }, { superseded: voided, segment, file, end })
  return { ...continued, tornBytes: 0 }
}

/** The log with the segment that this process appends to. */
async function begun(
  { fileSystem, directory }: RecoveryOptions,
  found: Found,
  { superseded, segment, file, end }: { superseded: readonly Segment[]; segment: Segment; file: OpenFile; end: number },
): Promise<Continued> {
  const writer = new SegmentWriter(segment, file, await file.stat())
  // Segments that did not count before this start have durable copies since then.
  for (const { name } of superseded) await fileSystem.remove(join(directory, name)).catch(() => undefined)
  found.sizes.set(segment.name, writer.size)
  return { ...found, extents: withSegment(found.extents, segment), end, writer, isDamaged: false }
}

async function sizesOf(fileSystem: FileSystem, directory: string, extents: readonly Extent[]): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  for (const { segment } of extents) sizes.set(segment.name, (await fileSystem.stat(join(directory, segment.name))).size)
  return sizes
}

interface Scanned {
  /** Length of the complete lines at the front. */
  readonly bytes: number
  /** The sequence after the last of these lines. */
  readonly whole: number
  /** The sequence after the last complete line, anywhere in the log. */
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
  let whole = end
  let isTorn = false
  let isDamaged = false
  while (await lines.fill()) {
    for (let line = lines.take(); line; line = lines.take()) {
      const sequence = sequenceOf(line)
      if (sequence === end && !isTorn) {
        whole = ++end
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
  // A crash does not leave as much.
  return { bytes, whole, end, isDamaged: isDamaged || lines.isEndless }
}
