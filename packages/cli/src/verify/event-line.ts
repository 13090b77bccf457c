import { isUtf8 } from 'node:buffer'
import { crc32 } from 'node:zlib'
import { areBytesAt } from './bytes-at.ts'
import { JsonObjectReader } from './json-object.ts'

// What a line of a trail is: docs/journal.md, "A line". The readers of @audit/core decide the same without this code; one corpus of
// accepted and refused lines and a differential fuzz hold the two together.

/** A line of a trail, taken apart by its bytes. */
export interface EventLine {
  readonly source: string
  readonly sequence: number
  /** The event as it was sealed: the line without the journal's tag and checksum. */
  readonly entry: Buffer
  /** `none`: as sinks have it. `other`: the checksum is that of another line. */
  readonly checksum: 'good' | 'other' | 'none'
  /** What the library itself recorded, such as `sealed`; nothing for an event of the application. */
  readonly systemAction: string | undefined
  /** Milliseconds since 1970; not a number if it is not a time. */
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
const SOURCE = Buffer.from(',"source":')
const SYSTEM_EVENT = Buffer.from('"audit"')
const [TYPE, ACTION, ID, STATUS, TIMESTAMP] = ['type', 'action', 'id', 'status', 'timestamp'].map((name) =>
  Buffer.from(name),
) as [Buffer, Buffer, Buffer, Buffer, Buffer]
const TEXTS = [TYPE, ACTION, ID, STATUS, TIMESTAMP]
const CLOSE = 0x7d
const QUOTE = 0x22

/** Reads one line after the other. The line is written to: its tag and checksum go. */
export class EventLineReader {
  /** Of the line that was read last, even if it is not a line of a trail. */
  lastChecksum: EventLine['checksum'] = 'none'
  readonly #object = new JsonObjectReader()
  /** `,"source":"…"` of the line before, and the source it names. */
  #sourceBytes: Buffer = SOURCE
  #source = ''

  /** Nothing if it is not a line of a trail. */
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
    if (!isUtf8(entry) || !this.#object.read(entry, entry.length) || !this.#isEvent() || !this.#readSource(entry, end))
      return undefined
    const sequence = Number(entry.toString('latin1', end + SEQUENCE.length, entry.length - 1))
    if (!Number.isSafeInteger(sequence)) return undefined
    const type = this.#object.value(TYPE)!
    const isSystem = type.length === SYSTEM_EVENT.length && areBytesAt(type, 0, SYSTEM_EVENT)
    return {
      source: this.#source,
      sequence,
      entry,
      checksum,
      systemAction: isSystem ? textOf(this.#object.value(ACTION)!) : undefined,
      time: timeOf(this.#object.value(TIMESTAMP)!),
    }
  }

  #isEvent(): boolean {
    for (const name of TEXTS) if (!this.#object.isText(name)) return false
    return this.#object.hasActor
  }

  #readSource(entry: Buffer, end: number): boolean {
    const start = end - this.#sourceBytes.length
    if (this.#source !== '' && areBytesAt(entry, start, this.#sourceBytes)) return true
    const found = entry.lastIndexOf(SOURCE, end)
    // The member itself, and not text that looks like it.
    const value = this.#object.value(SOURCE.subarray(2, -2))
    if (found === -1 || !value || value.byteOffset !== entry.byteOffset + found + SOURCE.length) return false
    if (value.byteOffset + value.length !== entry.byteOffset + end) return false
    const source = value[0] === QUOTE ? textOf(value) : ''
    // As JSON.stringify writes it: there are no two ways to write one source.
    if (source === '' || JSON.stringify(source) !== value.toString('utf8')) return false
    this.#source = source
    this.#sourceBytes = Buffer.from(entry.subarray(found, end))
    return true
  }
}

/** How many bytes stand before the tag, if there is one, else before the checksum. */
function untaggedLength(line: Buffer, length: number): number {
  const start = length - TAG_BYTES
  if (!areBytesAt(line, start, TAG) || line[length - 1] !== QUOTE) return length
  for (let at = start + TAG.length; at < length - 1; at++) if (!isBase64Url(line[at]!)) return length
  // The last digit has four bits to spare. They are zero, or they would be a place to hide something.
  return 'AQgw'.includes(String.fromCharCode(line[length - 2]!)) ? start : length
}

function isBase64Url(byte: number): boolean {
  const isLetter = (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a)
  return isLetter || (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x5f
}

/** Where `,"sequence":41}` begins at the end of an event. */
function sequenceStart(entry: Buffer): number | undefined {
  const last = entry.length - 1
  if (entry[last] !== CLOSE) return undefined
  let place = last
  while (place > 0 && entry[place - 1]! >= 0x30 && entry[place - 1]! <= 0x39) place--
  const start = place - SEQUENCE.length
  return place < last && areBytesAt(entry, start, SEQUENCE) ? start : undefined
}

function textOf(value: Buffer): string {
  return JSON.parse(value.toString('utf8')) as string
}

/** `"2026-11-23T19:05:35.169Z"` by its digits, as the library writes it: a Date for each of ten million lines takes seconds. */
function timeOf(value: Buffer): number {
  if (value.length !== 26 || value[24] !== 0x5a) return Date.parse(value.toString('latin1', 1, value.length - 1))
  const day = dayOf(value)
  const digits = (start: number, count: number) => {
    let number = 0
    for (let at = start; at < start + count; at++) number = number * 10 + (value[at]! - 0x30)
    return number
  }
  return day + digits(12, 2) * 3_600_000 + digits(15, 2) * 60_000 + digits(18, 2) * 1_000 + digits(21, 3)
}

let knownDay = Buffer.alloc(0)
let knownDayTime = Number.NaN

function dayOf(value: Buffer): number {
  if (knownDay.length > 0 && areBytesAt(value, 1, knownDay)) return knownDayTime
  knownDay = Buffer.from(value.subarray(1, 11))
  knownDayTime = Date.parse(`${knownDay.toString('latin1')}T00:00:00.000Z`)
  return knownDayTime
}

/** The number that eight lower-case digits say; one that no checksum is if they are others. */
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
