import { join } from 'node:path'
import { checkedLength } from '../../log-format/checked-line.ts'
import { extentAt, type Extent } from '../../log-format/extents.ts'
import type { FileSystem, OpenFile } from '../../log-format/file-system.ts'
import { FIRST_TAG, GroupCheck, tagAt, tagStart, type GroupTag } from '../../log-format/group-tag.ts'
import { LineReader } from '../../log-format/line-reader.ts'
import type { DurableMark } from '../../log-format/offsets-file.ts'
import { sequenceOf } from '../../log-format/record-line.ts'

// Finds out which part of a log its own writers wrote: the part that the checkpoint covers, and after it a chain of valid tags.
// It reads from the last tagged line below the checkpoint's size to the end of the log.

export interface AuthenticationOptions {
  readonly fileSystem: FileSystem
  /** Directory of the segments. */
  readonly directory: string
  readonly extents: readonly Extent[]
  /** The size of the checkpoint. 0 begins the chain with the first line of the log. */
  readonly covered: number
  readonly tagKeys: readonly Uint8Array[]
  /** End of a group in the last segment, where reading begins. Ignored if no such line ends there. */
  readonly mark: DurableMark | undefined
}

export interface Authenticated {
  /** The sequence after the last line that the checkpoint or a valid tag covers. */
  readonly end: number
  /** The offset after the last of those lines, in its segment. Undefined if there is no such line. */
  readonly offset: { readonly extent: Extent; readonly bytes: number } | undefined
  /** Tag of the last of those lines, which the next group is chained to. Undefined if the line has no tag. */
  readonly tag: GroupTag | undefined
  /** Tag of the last covered line, to which the first group after the checkpoint is chained. Undefined if it has no tag. */
  readonly coveredTag: GroupTag | undefined
  /** Result for the lines after them. */
  readonly rest: Rest
  /** Length of the parts of segments that count, where a later generation rewrote the rest. */
  readonly cuts: ReadonlyMap<string, number>
}

/** Lines after the last valid tag. */
export interface Rest {
  /** Number of complete lines. */
  readonly lines: number
  /** Number of complete lines with a tag. */
  readonly tags: number
  /** The last line is complete, and has a tag. */
  readonly isLastTagged: boolean
  /** There are incomplete lines. */
  readonly isBroken: boolean
  /** Number of segments with lines after the last valid tag. */
  readonly segments: number
}

export async function authenticate(options: AuthenticationOptions): Promise<Authenticated> {
  const { fileSystem, directory, extents, covered, tagKeys } = options
  const first = covered === 0 ? extents[0] : extentAt(extents, covered - 1)
  if (!first) {
    const tag = covered === 0 ? FIRST_TAG : undefined
    return { end: 0, offset: undefined, tag, coveredTag: tag, rest: nothing, cuts: new Map() }
  }
  const mark = await usableMark(first, options)
  const walk = new TagWalk(covered, new GroupCheck(tagKeys), first, mark)
  for (const extent of extents.slice(extents.indexOf(first))) {
    const file = await fileSystem.open(join(directory, extent.segment.name), 'read')
    try {
      await walk.through(extent, new LineReader(file, extent === first ? mark?.bytes : 0))
    } finally {
      await file.close()
    }
  }
  return walk.result
}

const nothing: Rest = { lines: 0, tags: 0, isLastTagged: false, isBroken: false, segments: 0 }

/** Longer lines before a mark are read from the beginning of their segment. */
const MARK_WINDOW = 64 << 10
const LINE_END = 0x0a

/**
 * The mark, if it is in this extent, the checkpoint covers the lines before it, and its line ends there. Any user who can
 * write to the files can move it or its target. Then its tag may be wrong, and the next group does not match either.
 */
async function usableMark({ segment, first }: Extent, options: AuthenticationOptions): Promise<TaggedMark | undefined> {
  const { mark, covered, fileSystem, directory } = options
  if (mark?.tag === undefined || mark.segment !== segment.name || mark.end <= first || mark.end > covered) return undefined
  const file = await fileSystem.open(join(directory, segment.name), 'read')
  try {
    const line = await lineBefore(file, mark.bytes)
    return line && sequenceOf(line) === mark.end - 1 ? { ...mark, tag: mark.tag } : undefined
  } finally {
    await file.close()
  }
}

/** The line that ends at an offset, without its end. Undefined if no line ends there, or it is too long. */
async function lineBefore(file: OpenFile, offset: number): Promise<Buffer | undefined> {
  const window = Buffer.allocUnsafe(Math.min(MARK_WINDOW, offset))
  for (let filled = 0; filled < window.length;) {
    const count = await file.read(window.subarray(filled), offset - window.length + filled)
    if (count === 0) return undefined
    filled += count
  }
  if (window.at(-1) !== LINE_END) return undefined
  const start = window.lastIndexOf(LINE_END, window.length - 2) + 1
  return start === 0 && window.length < offset ? undefined : window.subarray(start, -1)
}

type TaggedMark = DurableMark & { readonly tag: GroupTag }

class TagWalk {
  readonly #covered: number
  readonly #check: GroupCheck
  /** There is a tag that the next group is chained to. */
  #hasBegun = false
  /** True after a foreign line: no later line counts either. */
  #isStopped = false
  /** Sequence of the next line. */
  #next: number
  #end: number
  #offset: Authenticated['offset']
  #tag: GroupTag | undefined
  #coveredTag: GroupTag | undefined
  /** Lines after the last line that counts. */
  #rest: Omit<Rest, 'segments'> = nothing
  readonly #extents = new Set<Extent>()
  readonly #cuts = new Map<string, number>()

  constructor(covered: number, check: GroupCheck, first: Extent, mark: TaggedMark | undefined) {
    this.#covered = covered
    this.#check = check
    this.#next = this.#end = mark?.end ?? first.first
    if (mark || covered === 0) this.#begin(mark?.tag ?? FIRST_TAG)
    this.#tag = this.#check.previous
    if (covered === 0) this.#coveredTag = FIRST_TAG
    if (mark) this.#accept(first, mark.end, mark.bytes)
  }

  get result(): Authenticated {
    const rest = { ...this.#rest, segments: this.#extents.size }
    return { end: this.#end, offset: this.#offset, tag: this.#tag, coveredTag: this.#coveredTag, rest, cuts: this.#cuts }
  }

  async through(extent: Extent, lines: LineReader): Promise<void> {
    while (await lines.fill()) {
      for (let line = lines.take(); line; line = lines.take()) {
        const sequence = sequenceOf(line)
        // From there on, a segment of a later generation has these lines again.
        if (this.#next >= extent.end || (sequence !== undefined && sequence >= extent.end)) {
          this.#cuts.set(extent.segment.name, lines.offset - line.length - 1)
          return
        }
        this.#see(line, sequence, extent, lines.offset)
      }
    }
    // Bytes after the end of reading are not held.
    if (lines.isEndless) this.#cuts.set(extent.segment.name, lines.offset)
  }

  #see(line: Buffer, sequence: number | undefined, extent: Extent, offset: number): void {
    const isCovered = this.#next < this.#covered && (sequence ?? 0) < this.#covered
    // Lines that the checkpoint covers are compared with its hashes. Damage there breaks no chain.
    if (isCovered && (sequence === undefined || sequence < this.#next)) return
    if (sequence !== undefined && this.#next < this.#covered && !isCovered) this.#passCovered(extent, offset - line.length - 1)
    const start = sequence === undefined ? undefined : tagStart(line, checkedLength(line)!)
    if (sequence === undefined || this.#isStopped || !(isCovered || (sequence === this.#next && this.#hasBegun))) {
      this.#isStopped = true
      // A group that a power failure cut off may have old contents of the disk in its holes: lines of this log from before it.
      const isStale = this.#rest.isBroken && sequence !== undefined && sequence < this.#end
      return this.#leave(extent, sequence !== undefined && !isStale, start !== undefined)
    }
    this.#next = sequence + 1
    const tag = start === undefined ? undefined : tagAt(line, start)
    if (tag === undefined) this.#check.add(line)
    const isGood = tag !== undefined && (isCovered ? this.#begin(tag) : this.#check.end(line.subarray(0, start), tag))
    if (isGood || isCovered) return this.#accept(extent, this.#next, offset)
    this.#isStopped = tag !== undefined
    this.#leave(extent, true, tag !== undefined)
  }

  /** The last covered lines cannot be read: the tag that the next group is chained to was in one of them. */
  #passCovered(extent: Extent, bytes: number): void {
    this.#check.add(Buffer.alloc(0))
    this.#hasBegun = false
    this.#accept(extent, this.#covered, bytes)
  }

  #begin(tag: GroupTag): true {
    this.#hasBegun = true
    this.#check.begin(tag)
    return true
  }

  #accept(extent: Extent, end: number, bytes: number): void {
    this.#end = end
    this.#offset = { extent, bytes }
    this.#tag = this.#check.previous
    if (end === this.#covered) this.#coveredTag = this.#tag
    this.#rest = nothing
    this.#extents.clear()
  }

  #leave(extent: Extent, isWhole: boolean, isTagged: boolean): void {
    const { lines, tags, isBroken } = this.#rest
    this.#rest = isWhole
      ? { lines: lines + 1, tags: isTagged ? tags + 1 : tags, isLastTagged: isTagged, isBroken }
      : { lines, tags, isLastTagged: false, isBroken: true }
    this.#extents.add(extent)
  }
}
