import { join } from 'node:path'
import { AuditError } from '../../errors.ts'
import type { EncodedEvent } from '../../event/event.ts'
import { withSegment, type Extent } from '../../log-format/extents.ts'
import type { FileSystem } from '../../log-format/file-system.ts'
import type { ReadableLog } from '../../log-format/log-reader.ts'
import type { Fencing } from './fencing.ts'
import { GroupTagger, type GroupTag } from '../../log-format/group-tag.ts'
import { RecordCache } from './record-cache.ts'
import { GroupEncoder, type EncodedGroup } from '../../log-format/record-line.ts'
import type { RecoveredLog } from './recovery.ts'
import type { DurableMark } from '../../log-format/offsets-file.ts'
import { segmentOf, type Segment } from '../../log-format/segment-name.ts'
import { SegmentWriter } from './segment-writer.ts'
import { ensureDirectory, ifMissing } from '../../log-format/small-file.ts'

// The log of one source, with this process as its only writer. A group is written and synced, and only then counts. After a
// failure the segment is never written again: the group goes into a new segment of the next attempt, which voids the failed
// write.

export interface LogWriterOptions {
  readonly fileSystem: FileSystem
  /** Directory of its segments. */
  readonly directory: string
  /** The `source` of each event. */
  readonly source: string
  readonly fencing: Fencing
  readonly recovered: RecoveredLog
  readonly segmentBytes: number
  /** Undefined if its groups have no tags. */
  readonly tagKey?: Uint8Array | undefined
  /** Called with the bytes of each group that counts now, and the sequence after it. */
  readonly onCounted?: ((bytes: Uint8Array, end: number) => void) | undefined
}

/** A group that is durable, and counts when `LogWriter.count()` was called. */
export interface WrittenGroup extends EncodedGroup {
  readonly events: readonly EncodedEvent[]
  readonly segment: Segment
}

/** Bytes of newest records in memory, for cursors without a backlog. */
const RECENT_BYTES = 4 << 20

export class LogWriter implements ReadableLog {
  readonly fileSystem: FileSystem
  readonly directory: string
  readonly source: string
  readonly fencing: Fencing
  /** Filled by the cursors of the journal, if there are any. */
  readonly recent: RecordCache = new RecordCache(RECENT_BYTES)
  /** True if broken lines precede complete ones: the log is read and never written again. */
  readonly isDamaged: boolean
  readonly #segmentBytes: number
  readonly #onCounted: LogWriterOptions['onCounted']
  readonly #tagger: GroupTagger | undefined
  readonly #encoder: GroupEncoder
  readonly #sizes: Map<string, number>
  /** Inodes of the segments that this process wrote. */
  readonly #inodes = new Map<string, number>()
  #extents: readonly Extent[]
  #voided: readonly Segment[]
  #end: number
  /** Tag of the last group that counts. The next group is chained to it, also after failed tries. */
  #tag: GroupTag | undefined
  #attempt = 0
  /** The last group that counts; its caller may not have its result yet. */
  #counted: readonly EncodedEvent[] = []
  #writer: SegmentWriter | undefined
  #bytes = 0

  constructor(options: LogWriterOptions) {
    const { recovered } = options
    this.fileSystem = options.fileSystem
    this.directory = options.directory
    this.source = options.source
    this.fencing = options.fencing
    this.isDamaged = recovered.isDamaged
    this.#segmentBytes = options.segmentBytes
    this.#onCounted = options.onCounted
    this.#tagger = options.tagKey && new GroupTagger(options.tagKey)
    this.#encoder = new GroupEncoder(options.source, this.#tagger)
    this.#sizes = new Map(recovered.sizes)
    this.#extents = recovered.extents
    this.#voided = recovered.voided
    this.#end = recovered.end
    this.#tag = recovered.tag
    this.#writer = recovered.writer
    if (recovered.writer) this.#inodes.set(recovered.writer.segment.name, recovered.writer.inode)
    for (const size of this.#sizes.values()) this.#bytes += size
  }

  get extents(): readonly Extent[] {
    return this.#extents
  }

  get end(): number {
    return this.#end
  }

  /** The oldest sequence in the log. */
  get first(): number {
    return this.#extents[0]?.first ?? this.#end
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The inode of a segment, whatever file has its name now. Undefined for segments of earlier owners. */
  inodeOf(segment: Segment): number | undefined {
    return this.#inodes.get(segment.name)
  }

  sizeOf(segment: Segment): number {
    return this.#sizes.get(segment.name) ?? 0
  }

  /** The next group can be chained to the last one, or the log has no tags. */
  get isChained(): boolean {
    return !this.#tagger || this.#tag !== undefined
  }

  /** The durable end of the last segment. */
  get mark(): DurableMark | undefined {
    const last = this.#extents.at(-1)
    if (!last) return undefined
    const offset = { segment: last.segment.name, bytes: this.sizeOf(last.segment), end: this.#end }
    return this.#tag === undefined ? offset : { ...offset, tag: this.#tag }
  }

  /** The segment that is being written. */
  get current(): SegmentWriter | undefined {
    return this.#writer
  }

  /** Resolves once the events are durable. After two failed tries it rejects, and holds none of them. */
  async write(events: readonly EncodedEvent[], at: number): Promise<WrittenGroup> {
    const group = this.#encoder.encode(events, this.#end, at, this.#tag)
    if (this.#writer && this.#writer.size >= this.#segmentBytes) await this.#closeSegment()
    try {
      return { ...group, events, segment: await this.#write(group.bytes) }
    } catch (error) {
      await this.abandonSegment()
      if (this.fencing.isLost) throw error
    }
    try {
      return { ...group, events, segment: await this.#write(group.bytes) }
    } catch (error) {
      await this.abandonSegment()
      throw unavailable(error)
    }
  }

  /** Makes the group that was just written count, so that it can be read. */
  count({ segment, bytes, events, tag }: WrittenGroup): void {
    this.#count(segment, bytes, events.length, tag)
    this.#counted = events
  }

  /** Holds the events before it returns, even during a write: a later attempt's file counts. For a process that is ending. */
  appendSync(all: readonly EncodedEvent[]): void {
    const counted = new Set(this.#counted)
    const events = all.filter((event) => !counted.has(event))
    if (events.length === 0) return
    const { bytes, tag } = new GroupEncoder(this.source, this.#tagger).encode(events, this.#end, 0, this.#tag)
    const segment = segmentOf(this.#end, { term: this.fencing.term, attempt: ++this.#attempt })
    this.fileSystem.createSync(join(this.directory, segment.name), bytes)
    this.fencing.checkSync()
    this.#count(segment, bytes, events.length, tag)
  }

  /**
   * Never writes to the current segment again. Removes it if it has no acknowledged event, so that tries leave no files behind.
   */
  async abandonSegment(): Promise<void> {
    this.#attempt++
    const writer = await this.#closeSegment()
    if (!writer || this.#sizes.has(writer.segment.name) || this.fencing.isLost) return
    await this.fileSystem.remove(join(this.directory, writer.segment.name)).catch(() => {
      this.#voided = [...this.#voided, writer.segment]
    })
  }

  /** Removes the oldest segment; there must be a later one. */
  async removeOldest(): Promise<void> {
    const [oldest, next] = this.#extents
    if (!oldest || !next) return
    // Voided files would count again without the segments after them, so they are removed first.
    for (const { name, first } of this.#voided)
      if (first < next.first) await this.fileSystem.remove(join(this.directory, name)).catch(ifMissing)
    this.#voided = this.#voided.filter(({ first }) => first >= next.first)
    // It stops to count before it is removed, or the next check would report it as missing.
    this.#extents = this.#extents.slice(1)
    this.#bytes -= this.sizeOf(oldest.segment)
    this.#sizes.delete(oldest.segment.name)
    this.#inodes.delete(oldest.segment.name)
    await this.fileSystem.remove(join(this.directory, oldest.segment.name)).catch(ifMissing)
  }

  async close(): Promise<void> {
    await this.#closeSegment()
    await this.fencing.release()
  }

  /** Resolves with the segment that has the bytes. */
  async #write(bytes: Uint8Array): Promise<Segment> {
    const writer = (this.#writer ??= await this.#createSegment())
    await writer.write(bytes)
    // A process that takes over reads every written line, so ownership can be checked during the sync.
    const [synced, owned] = await Promise.allSettled([writer.sync(), this.fencing.check()])
    if (owned.status === 'rejected') throw owned.reason
    if (synced.status === 'rejected') throw synced.reason
    return writer.segment
  }

  async #createSegment(): Promise<SegmentWriter> {
    const segment = segmentOf(this.#end, { term: this.fencing.term, attempt: this.#attempt })
    // The directory may have been removed; the loss of its files is reported elsewhere.
    await ensureDirectory(this.fileSystem, this.directory)
    const writer = await SegmentWriter.create(this.fileSystem, this.directory, segment)
    this.#inodes.set(segment.name, writer.inode)
    return writer
  }

  /** Makes the group count. */
  #count(segment: Segment, bytes: Uint8Array, events: number, tag: GroupTag | undefined): void {
    const before = this.#sizes.get(segment.name)
    if (before === undefined) this.#extents = withSegment(this.#extents, segment)
    this.#sizes.set(segment.name, (before ?? 0) + bytes.length)
    this.#bytes += bytes.length
    this.#end += events
    this.#tag = tag
    this.#onCounted?.(bytes, this.#end)
  }

  /** Makes the next group begin a new segment. Returns the segment that was open. */
  async #closeSegment(): Promise<SegmentWriter | undefined> {
    const writer = this.#writer
    this.#writer = undefined
    await writer?.close()
    return writer
  }
}

function unavailable(error: unknown): AuditError {
  if (AuditError.isInstance(error)) return error
  const { code = 'an unknown error', syscall = 'the disk' } = error as NodeJS.ErrnoException
  return new AuditError('AUDIT_JOURNAL_UNAVAILABLE', `The log cannot be written: ${syscall} failed with ${code}.`, {
    cause: error,
  })
}
