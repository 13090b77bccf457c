import { isUtf8 } from 'node:buffer'
import type { JournalRecord } from '../event/batch.ts'
import type { EncodedEvent, EventHeader } from '../event/event.ts'
import { checkedLength, closeLine, linesWithin } from './checked-line.ts'
import { TAG_MEMBER_BYTES, TAG_PREFIX_BYTES, tagStart, type GroupTag, type GroupTagger } from './group-tag.ts'

// One checked line per event. In a signed log the last line of a group also has the group's tag. A sink gets the line without
// both.

/** An event in the file journal. */
export interface StoredRecord extends JournalRecord, EventHeader {
  readonly sequence: number
  /** Time of the append on the monotonic clock; long ago if another process appended it. */
  readonly at: number
}

/** A group of events, as bytes for the disk and as records for cursors. */
export interface EncodedGroup {
  readonly bytes: Buffer
  readonly records: readonly StoredRecord[]
  /** Left out: the log has no tags. */
  readonly tag?: GroupTag
}

/** The brace that closes an event, and the end of its line. */
const CLOSE_BYTES = 2
/** Bytes around the head and the source of an event: member names, a sequence, the checksum, a line end. */
const FRAME_BYTES = 64
/** Twice the largest group of usual events. */
const MAX_KEPT_BYTES = 2 << 20

/** Encodes groups of events as bytes, one group at a time: the next one overwrites them. */
export class GroupEncoder {
  readonly #offset: string
  readonly #placeBytes: Buffer
  readonly #tagger: GroupTagger | undefined
  /** Start of a group in the bytes. */
  readonly #start: number
  /** Reused for every group, because allocating new memory takes longer than writing to it. */
  #bytes = Buffer.allocUnsafe(0)

  /** Without a tagger the log has no tags. */
  constructor(source: string, tagger?: GroupTagger) {
    this.#offset = `,"source":${JSON.stringify(source)},"sequence":`
    this.#placeBytes = Buffer.from(this.#offset)
    this.#tagger = tagger
    this.#start = tagger ? TAG_PREFIX_BYTES : 0
  }

  /** A tagged group is chained to `previous`: the tag of the last group that counts. */
  encode(events: readonly EncodedEvent[], first: number, at: number, previous?: GroupTag): EncodedGroup {
    const bytes = this.#room(events)
    const records: StoredRecord[] = []
    let tag: GroupTag | undefined
    let end = this.#start
    for (const event of events) {
      const start = end
      const sequence = first + records.length
      // In ASCII text, bytes and characters have the same number, and copying is faster.
      end += bytes.write(event.head, end, event.byteLength, event.byteLength === event.head.length ? 'latin1' : 'utf8')
      end = writeNumber(bytes, writeBytes(bytes, end, this.#placeBytes), sequence)
      records.push(new WrittenRecord(event, this.#offset, sequence, end - start, at))
      if (this.#tagger && previous !== undefined && records.length === events.length)
        ({ tag, end } = this.#tagger.write(bytes, end, previous))
      end = closeLine(bytes, start, end)
    }
    return { bytes: bytes.subarray(this.#start, end), records, ...(tag !== undefined && { tag }) }
  }

  #room(events: readonly EncodedEvent[]): Buffer {
    let space = this.#start + TAG_MEMBER_BYTES + events.length * (this.#placeBytes.length + FRAME_BYTES)
    for (const event of events) space += event.byteLength
    if (space > MAX_KEPT_BYTES) return Buffer.allocUnsafe(space)
    if (space > this.#bytes.length) this.#bytes = Buffer.allocUnsafe(Math.min(MAX_KEPT_BYTES, space * 2))
    return this.#bytes
  }
}

/** Returns the offset after it. For these few bytes it is faster than any call of Buffer. */
function writeBytes(bytes: Buffer, start: number, text: Buffer): number {
  for (let index = 0; index < text.length; index++) bytes[start + index] = text[index]!
  return start + text.length
}

/** Returns the offset after its digits. */
function writeNumber(bytes: Buffer, start: number, number: number): number {
  let end = start + 1
  for (let rest = number; rest >= 10; rest = Math.floor(rest / 10)) end++
  for (let offset = end - 1, rest = number; offset >= start; offset--, rest = Math.floor(rest / 10))
    bytes[offset] = 0x30 + (rest % 10)
  return end
}

/** A record that was just written. Its line is made when a cursor needs it. */
class WrittenRecord implements StoredRecord {
  readonly sequence: number
  readonly at: number
  readonly byteLength: number
  readonly #event: EncodedEvent
  readonly #offset: string

  constructor(event: EncodedEvent, offset: string, sequence: number, length: number, at: number) {
    this.#event = event
    this.#offset = offset
    this.sequence = sequence
    this.at = at
    this.byteLength = length + CLOSE_BYTES
  }

  get line(): string {
    return `${this.#event.head}${this.#offset}${this.sequence}}`
  }

  get end(): number {
    return this.sequence + 1
  }

  get type(): string {
    return this.#event.type
  }

  get action(): string {
    return this.#event.action
  }

  get status(): EventHeader['status'] {
    return this.#event.status
  }

  get tenant(): string | undefined {
    return this.#event.tenant
  }
}

/** The sequence of a segment's line, given without its line end. Undefined if the line is not exactly as it was written. */
export function sequenceOf(line: Buffer): number | undefined {
  const length = eventLength(line)
  return length === undefined ? undefined : numberBefore(line, length)
}

/** The record in a segment's line, given without its line end. Undefined if the line is not exactly as it was written. */
export function readRecord(line: Buffer): StoredRecord | undefined {
  const length = eventLength(line)
  if (length === undefined || !isUtf8(line)) return undefined
  const sequence = numberBefore(line, length)
  return sequence === undefined
    ? undefined
    : new ReadRecord(`${line.toString('utf8', 0, length)}}`, length + CLOSE_BYTES, sequence)
}

/** The complete records in a broken line: two lines look like one if the line end between them was damaged. */
export function recordsWithin(line: Buffer): readonly StoredRecord[] {
  return linesWithin(line).flatMap((whole) => readRecord(whole) ?? [])
}

/** Number of bytes of a line that belong to the event, without the closing brace, the tag and the checksum. */
function eventLength(line: Buffer): number | undefined {
  const length = checkedLength(line)
  return length === undefined ? undefined : (tagStart(line, length) ?? length)
}

/** The digits that end at `end`. */
function numberBefore(line: Buffer, end: number): number | undefined {
  let number = 0
  let offset = 1
  let index = end - 1
  for (; index >= 0; index--, offset *= 10) {
    const digit = line[index]! - 0x30
    if (digit < 0 || digit > 9) break
    number += digit * offset
  }
  return index < end - 1 && Number.isSafeInteger(number) ? number : undefined
}

/** A record from the disk. Members that filters need are parsed on request. */
class ReadRecord implements StoredRecord {
  readonly line: string
  readonly byteLength: number
  readonly sequence: number
  readonly at = -Infinity
  #parsed: ParsedRecord | undefined

  constructor(line: string, byteLength: number, sequence: number) {
    this.line = line
    this.byteLength = byteLength
    this.sequence = sequence
  }

  get end(): number {
    return this.sequence + 1
  }

  get type(): string {
    return this.#read.type
  }

  get action(): string {
    return this.#read.action
  }

  get status(): EventHeader['status'] {
    return this.#read.status
  }

  get tenant(): string | undefined {
    return this.#read.metadata?.tenant
  }

  get #read(): ParsedRecord {
    return (this.#parsed ??= JSON.parse(this.line) as ParsedRecord)
  }
}

interface ParsedRecord extends EventHeader {
  readonly metadata?: { readonly tenant?: string }
}
