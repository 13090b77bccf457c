import { isUtf8 } from 'node:buffer'
import { crc32 } from 'node:zlib'
import { areBytesAt } from './bytes-at.ts'
import { JsonObjectReader } from './json-object.ts'
import { LineShapes } from './line-shapes.ts'

// What a line of a trail is: docs/journal.md, "A line". The readers of @audit/core decide the same without this code; one corpus of
// accepted and refused lines and a differential fuzz test keep both equal.

/** A line of a trail, taken apart by its bytes. */
export interface EventLine {
  readonly source: string
  readonly sequence: number
  /** The event as it was sealed: the line without the journal's tag and checksum. */
  readonly entry: Buffer
  /** `none`: as in sinks. `other`: the checksum does not match. */
  readonly checksum: 'good' | 'other' | 'none'
  /** Action of a system event, such as `sealed`; undefined for an event of the application. */
  readonly systemAction: string | undefined
  /** Milliseconds since 1970; NaN if it is not a time. */
  readonly time: number
}

const CRC = Buffer.from(',"crc":"')
/** Bytes of `,"crc":"9ae0daaf"}`. */
const CRC_BYTES = CRC.length + 10
const TAG = Buffer.from(',"tag":"')
/** 16 bytes in base64url, without padding. */
const TAG_DIGITS = 22
/** Bytes of `,"tag":"…"`. */
const TAG_BYTES = TAG.length + TAG_DIGITS + 1
const HEAD = Buffer.from('{"version":"1.0",')
const SEQUENCE = Buffer.from(',"sequence":')
const SYSTEM_EVENT = Buffer.from('"audit"')
const TEXTS = ['type', 'action', 'id', 'status', 'timestamp', 'source'].map((name) => Buffer.from(name))
const CLOSE = 0x7d
const QUOTE = 0x22

/** Reads one line after the other. Overwrites its tag and checksum in the buffer. */
export class EventLineReader {
  /** Checksum of the line that was read last, even if it is not a line of a trail. */
  lastChecksum: EventLine['checksum'] = 'none'
  readonly #object = new JsonObjectReader()
  readonly #shapes = new LineShapes()
  /** The source of the previous line, and its bytes with the quotes. */
  #source = ''
  #sourceBytes = Buffer.alloc(0)

  /** Returns undefined if it is not a line of a trail. */
  read(line: Buffer): EventLine | undefined {
    let entry = line
    let checksum: EventLine['checksum'] = (this.lastChecksum = 'none')
    const length = line.length - CRC_BYTES
    if (areBytesAt(line, length, CRC)) {
      if (line[line.length - 2] !== QUOTE || line[line.length - 1] !== CLOSE) return undefined
      checksum = this.lastChecksum = hexadecimal(line, length + CRC.length) === crc32(line.subarray(0, length)) ? 'good' : 'other'
      const end = untaggedLength(line, length)
      line[end] = CLOSE
      entry = line.subarray(0, end + 1)
    }
    const end = sequenceStart(entry)
    if (end === undefined || !areBytesAt(entry, 0, HEAD)) return undefined
    if (!isUtf8(entry) || !this.#isEvent(entry) || !this.#readSource(entry, end)) return undefined
    const sequence = numberOf(entry, end + SEQUENCE.length, entry.length - 1)
    if (!Number.isSafeInteger(sequence)) return undefined
    const { type, action, timestamp } = this.#shapes
    const isSystem = type.end - type.start === SYSTEM_EVENT.length && areBytesAt(entry, type.start, SYSTEM_EVENT)
    return {
      source: this.#source,
      sequence,
      entry,
      checksum,
      systemAction: isSystem ? (JSON.parse(entry.toString('utf8', action.start, action.end)) as string) : undefined,
      time: timeOf(entry, timestamp.start + 1, timestamp.end - 1),
    }
  }

  #isEvent(entry: Buffer): boolean {
    if (this.#shapes.match(entry)) return true
    if (!this.#object.read(entry, entry.length) || !this.#object.hasActor) return false
    for (const name of TEXTS) if (!this.#object.isText(name)) return false
    return this.#shapes.learn(entry, this.#object)
  }

  /** Finds `"source"` directly before `"sequence"`, which begins at `end`. */
  #readSource(entry: Buffer, end: number): boolean {
    const { start, end: sourceEnd } = this.#shapes.source
    if (sourceEnd !== end) return false
    if (end - start === this.#sourceBytes.length && areBytesAt(entry, start, this.#sourceBytes)) return true
    const source = sourceIn(entry.toString('utf8', start + 1, end - 1))
    if (source === undefined) return false
    this.#source = source
    this.#sourceBytes = Buffer.from(entry.subarray(start, end))
    return true
  }
}

/** The source between these quotes. Undefined if it is empty, or not as JSON.stringify writes it: each has one spelling. */
function sourceIn(text: string): string | undefined {
  if (!text.includes('\\')) return text === '' ? undefined : text
  const source = JSON.parse(`"${text}"`) as string
  return JSON.stringify(source) === `"${text}"` ? source : undefined
}

/** Number of bytes before the tag or, without a tag, before the checksum. */
function untaggedLength(line: Buffer, length: number): number {
  const start = length - TAG_BYTES
  if (!areBytesAt(line, start, TAG) || line[length - 1] !== QUOTE) return length
  for (let at = start + TAG.length; at < length - 1; at++) if (!isBase64Url(line[at]!)) return length
  // The last digit has four unused bits. They must be zero, or data could be hidden there.
  return 'AQgw'.includes(String.fromCharCode(line[length - 2]!)) ? start : length
}

function isBase64Url(byte: number): boolean {
  const isLetter = (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a)
  return isLetter || (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x5f
}

/** Offset of `,"sequence":41}` at the end of an event. */
function sequenceStart(entry: Buffer): number | undefined {
  const last = entry.length - 1
  if (entry[last] !== CLOSE) return undefined
  let place = last
  while (place > 0 && entry[place - 1]! >= 0x30 && entry[place - 1]! <= 0x39) place--
  const start = place - SEQUENCE.length
  return place < last && areBytesAt(entry, start, SEQUENCE) ? start : undefined
}

function numberOf(bytes: Buffer, start: number, end: number): number {
  let number = 0
  for (let at = start; at < end; at++) number = number * 10 + (bytes[at]! - 0x30)
  return number
}

/** `2026-11-23T19:05:35.169Z` by its digits, as the library writes it: a Date for each of ten million lines takes seconds. */
function timeOf(entry: Buffer, start: number, end: number): number {
  if (end - start !== 24 || entry[end - 1] !== 0x5a) return Date.parse(entry.toString('latin1', start, end))
  const day = dayOf(entry, start)
  const digits = (at: number, count: number) => numberOf(entry, start + at, start + at + count)
  return day + digits(11, 2) * 3_600_000 + digits(14, 2) * 60_000 + digits(17, 2) * 1_000 + digits(20, 3)
}

let knownDay = Buffer.alloc(0)
let knownDayTime = Number.NaN

function dayOf(entry: Buffer, start: number): number {
  if (knownDay.length > 0 && areBytesAt(entry, start, knownDay)) return knownDayTime
  knownDay = Buffer.from(entry.subarray(start, start + 10))
  knownDayTime = Date.parse(`${knownDay.toString('latin1')}T00:00:00.000Z`)
  return knownDayTime
}

/** The value of eight lower-case hexadecimal digits; for other characters a value that is not a checksum. */
function hexadecimal(bytes: Buffer, start: number): number {
  let number = 0
  for (let index = start; index < start + 8; index++) {
    const code = bytes[index]!
    const digit = code >= 0x30 && code <= 0x39 ? code - 0x30 : code >= 0x61 && code <= 0x66 ? code - 0x57 : -1
    if (digit < 0) return -1
    number = number * 16 + digit
  }
  return number
}
