import { crc32 } from 'node:zlib'
import { jsonOf } from './small-file.ts'

// A line of JSON whose last member is a checksum over every byte before it. It finds lines that a crash left
// incomplete. It does not stop an attacker, who can compute it too.

const START = Buffer.from(',"crc":"')
const END = Buffer.from('"}')
const DIGITS = Buffer.from('0123456789abcdef')
const DIGIT_COUNT = 8
/** Bytes of `,"crc":"9ae0daaf"}`. */
export const CHECK_BYTES: number = START.length + DIGIT_COUNT + END.length
const LINE_END = 10

/**
 * Appends the checksum of `bytes[start, end)` and a line end; returns the offset after them. The text is an object without its
 * closing brace.
 */
export function closeLine(bytes: Buffer, start: number, end: number): number {
  const checksum = crc32(bytes.subarray(start, end))
  let offset = end
  // Byte by byte: for 19 bytes, this is faster than any call of Buffer.
  for (let index = 0; index < START.length; index++) bytes[offset++] = START[index]!
  for (let shift = 28; shift >= 0; shift -= 4) bytes[offset++] = DIGITS[(checksum >>> shift) & 15]!
  for (let index = 0; index < END.length; index++) bytes[offset++] = END[index]!
  bytes[offset++] = LINE_END
  return offset
}

/** Makes a complete line from the text of an object without its closing brace. */
export function checkedLine(open: string): Buffer {
  const bytes = Buffer.allocUnsafe(Buffer.byteLength(open) + CHECK_BYTES + 1)
  closeLine(bytes, 0, bytes.write(open))
  return bytes
}

/** The number of bytes before the line's checksum. Undefined if the line is not exactly as it was written. */
export function checkedLength(line: Buffer): number | undefined {
  const length = line.length - CHECK_BYTES
  if (length < 2 || !isAt(line, length, START) || !isAt(line, line.length - END.length, END)) return undefined
  const written = checksumAt(line, length + START.length)
  return written !== undefined && written === crc32(line.subarray(0, length)) ? length : undefined
}

/** Finds the complete lines in a broken one. Two lines look like one broken line if the line end between them was damaged. */
export function linesWithin(line: Buffer): readonly Buffer[] {
  const found: Buffer[] = []
  let start = 0
  for (let offset = line.indexOf(START); offset !== -1; offset = line.indexOf(START, offset + 1)) {
    const whole = line.subarray(start, offset + CHECK_BYTES)
    if (checkedLength(whole) === undefined) continue
    found.push(whole)
    start = offset + CHECK_BYTES + 1
  }
  return found
}

/** The written value. Undefined if the line is incomplete, or is not JSON: anyone can compute a checksum. */
export function readChecked(line: Buffer): unknown {
  const length = checkedLength(line)
  return length === undefined ? undefined : jsonOf(`${line.toString('utf8', 0, length)}}`)
}

function isAt(line: Buffer, offset: number, text: Buffer): boolean {
  for (let index = 0; index < text.length; index++) if (line[offset + index] !== text[index]) return false
  return true
}

function checksumAt(line: Buffer, offset: number): number | undefined {
  let checksum = 0
  for (let index = offset; index < offset + DIGIT_COUNT; index++) {
    const code = line[index]!
    // A digit, or a letter from a to f.
    const digit = code >= 0x30 && code <= 0x39 ? code - 0x30 : code >= 0x61 && code <= 0x66 ? code - 0x57 : -1
    if (digit < 0) return undefined
    checksum = checksum * 16 + digit
  }
  return checksum
}
