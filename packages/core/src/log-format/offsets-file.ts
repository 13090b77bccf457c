import { join } from 'node:path'
import { checkedLine, readChecked } from './checked-line.ts'
import type { FileSystem } from './file-system.ts'
import { isGroupTag, type GroupTag } from './group-tag.ts'
import { eachLine } from './small-file.ts'

// The offset of each cursor of a log, and the durable end of the log: `{"offsets":{"webhook":41},"durable":{…},"crc":"…"}`. Later
// lines count.

export const OFFSETS_FILE = 'offsets.ndjson'
/** The same in format 1, where the member is `places`. */
export const OLDER_OFFSETS_FILE = 'places.ndjson'
/** A file is rewritten beyond 256 KiB. One more line names every cursor: at most a hundred thousand. */
export const MAX_OFFSETS_BYTES: number = 16 << 20

/** The offset up to which a segment was synced successfully. */
export interface DurableMark {
  readonly segment: string
  readonly bytes: number
  /** The sequence after its last line. */
  readonly end: number
  /** Tag of its last group, in a log with tags. */
  readonly tag?: GroupTag
}

interface OffsetsLine {
  readonly offsets: Readonly<Record<string, number>>
  readonly durable?: DurableMark
  /** The beginning of a cursor that is not in the line. Left out: it is new, and its options decide. */
  readonly others?: 'oldest'
}

export function offsetsLine(
  offsets: readonly (readonly [string, number])[],
  mark: DurableMark | undefined,
  mayMissNames: boolean,
): Buffer {
  const line: OffsetsLine = {
    offsets: Object.fromEntries(offsets),
    ...(mark && { durable: mark }),
    ...(mayMissNames && { others: 'oldest' }),
  }
  return checkedLine(JSON.stringify(line).slice(0, -1))
}

/** Undefined if the line is not a valid line of offsets. */
function readOffsetsLine(bytes: Buffer): OffsetsLine | undefined {
  const read = readChecked(bytes)
  const { offsets, durable } = (read ?? {}) as Partial<Record<keyof OffsetsLine, unknown>>
  if (typeof offsets !== 'object' || offsets === null || !Object.values(offsets).every(isCount)) return undefined
  return durable === undefined || isMark(durable) ? (read as OffsetsLine) : undefined
}

/**
 * Converts a line of format 1. A line that is not valid stays as it is, so that readers notice it: it may have been the only one
 * that named a cursor.
 */
export function upgradedOffsetsLine(bytes: Buffer): Buffer {
  const { places, ...rest } = (readChecked(bytes) ?? {}) as { readonly places?: unknown }
  if (places === undefined) return Buffer.concat([bytes, Buffer.from('\n')])
  return checkedLine(JSON.stringify({ offsets: places, ...rest }).slice(0, -1))
}

function isMark(given: unknown): given is DurableMark {
  const { segment, bytes, end, tag } = (given ?? {}) as Partial<Record<keyof DurableMark, unknown>>
  return typeof segment === 'string' && isCount(bytes) && isCount(end) && (tag === undefined || isGroupTag(tag))
}

function isCount(given: unknown): given is number {
  return Number.isSafeInteger(given) && (given as number) >= 0
}

/** The content of a file of offsets. */
export interface OffsetsContent {
  /** The offset of each cursor: the first sequence that it has not acknowledged. */
  readonly offsets: Map<string, number>
  readonly mark: DurableMark | undefined
  /** A broken line may have been the only one that named a cursor. */
  readonly mayMissNames: boolean
}

/** Reads the offsets of a log. Invalid lines are left out; undefined if no line is valid. */
export async function readOffsets(fileSystem: FileSystem, directory: string): Promise<OffsetsContent | undefined> {
  const offsets = new Map<string, number>()
  let mark: DurableMark | undefined
  let isReadable = false
  let mayMissNames = false
  await eachLine(fileSystem, join(directory, OFFSETS_FILE), MAX_OFFSETS_BYTES, (line) => {
    const read = readOffsetsLine(line)
    if (!read || read.others === 'oldest') mayMissNames = true
    if (!read) return
    isReadable = true
    for (const [name, offset] of Object.entries(read.offsets)) offsets.set(name, offset)
    mark = read.durable ?? mark
  })
  return isReadable ? { offsets, mark, mayMissNames } : undefined
}
