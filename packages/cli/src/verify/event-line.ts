import { crc32 } from 'node:zlib'
import { areBytesAt } from './bytes-at.ts'

/** A line of a trail, taken apart by its bytes. */
export interface EventLine {
  readonly source: string
  readonly sequence: number
  /** The event as it was sealed: the line without the journal's tag and checksum. */
  readonly entry: Buffer
  /** False if the line has a checksum, and it is that of another line. */
  readonly isIntact: boolean
}

const CRC = Buffer.from(',"crc":"')
/** Bytes of `,"crc":"9ae0daaf"}`. */
const CRC_BYTES = CRC.length + 10
const TAG = Buffer.from(',"tag":"')
const TAG_TEXT = /^[A-Za-z0-9_-]{22}"$/
/** Bytes of a tag in front of a checksum, with the quotes of both its sides. */
const TAG_BYTES = TAG.length + 23
const SEQUENCE = Buffer.from(',"sequence":')
const SOURCE = Buffer.from(',"source":')
const CLOSE = 0x7d

/**
 * Reads where an event stands in its log, without parsing all of it: journal and sinks write `"source"` and `"sequence"` as its last
 * members. The line is written to: its checksum goes.
 */
export class EventLineReader {
  /** `,"source":"…"` of the line before, and what it says. */
  #bytes: Buffer = SOURCE
  #source = ''

  /** Nothing if it is no line of a trail. */
  read(line: Buffer): EventLine | undefined {
    let entry = line
    let isIntact = true
    const length = line.length - CRC_BYTES
    if (areBytesAt(line, length, CRC)) {
      isIntact = hexadecimal(line, length + CRC.length) === crc32(line.subarray(0, length))
      const end = isTagAt(line, length - TAG_BYTES) ? length - TAG_BYTES : length
      line[end] = CLOSE
      entry = line.subarray(0, end + 1)
    }
    const end = sequenceStart(entry)
    if (end === undefined || !this.#readSource(entry, end)) return undefined
    const sequence = Number(entry.toString('latin1', end + SEQUENCE.length, entry.length - 1))
    return Number.isSafeInteger(sequence) ? { source: this.#source, sequence, entry, isIntact } : undefined
  }

  #readSource(entry: Buffer, end: number): boolean {
    const start = end - this.#bytes.length
    if (this.#source !== '' && areBytesAt(entry, start, this.#bytes)) return true
    const found = entry.lastIndexOf(SOURCE, end)
    if (found === -1) return false
    try {
      const source: unknown = JSON.parse(entry.toString('utf8', found + SOURCE.length, end))
      if (typeof source !== 'string' || source === '') return false
      this.#source = source
      this.#bytes = Buffer.from(entry.subarray(found, end))
      return true
    } catch {
      return false
    }
  }
}

/** The journal writes a tag behind the last event of a group. Another text in its place makes the line none of a trail. */
function isTagAt(line: Buffer, place: number): boolean {
  return areBytesAt(line, place, TAG) && TAG_TEXT.test(line.toString('latin1', place + TAG.length, place + TAG_BYTES))
}

/** Where `,"sequence":41}` begins at the end of an event. */
function sequenceStart(entry: Buffer): number | undefined {
  let place = entry.length - 1
  if (entry[place] !== CLOSE) return undefined
  while (place > 0 && entry[place - 1]! >= 0x30 && entry[place - 1]! <= 0x39) place--
  const start = place - SEQUENCE.length
  return place < entry.length - 1 && areBytesAt(entry, start, SEQUENCE) ? start : undefined
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
