import { crc32 } from 'node:zlib'

// A line of JSON with a checksum spliced in as its last member, over every byte before it. It is there to find what a crash left
// half written; who means harm can compute one as well.

/** Bytes of `,"crc":"9ae0daaf"}`. */
const CHECK_BYTES = 18
const CHECK_START = Buffer.from(',"crc":"')

/** Appends the checksum of `bytes[start, end)` and a line end; gives the place after them. The text is an object, open at its end. */
export function closeLine(bytes: Buffer, start: number, end: number): number {
  return end + bytes.write(`,"crc":"${checksumOf(bytes.subarray(start, end))}"}\n`, end, 'latin1')
}

/** A whole line from the text of an object, open at its end. */
export function checkedLine(open: string): Buffer {
  const bytes = Buffer.allocUnsafe(Buffer.byteLength(open) + CHECK_BYTES + 1)
  closeLine(bytes, 0, bytes.write(open))
  return bytes
}

/** How many bytes of the line stand before its checksum, or nothing if it is not exactly what was written. */
export function checkedLength(line: Buffer): number | undefined {
  const length = line.length - CHECK_BYTES
  if (length < 2 || line[line.length - 1] !== 0x7d || line[line.length - 2] !== 0x22) return undefined
  if (line.compare(CHECK_START, 0, CHECK_START.length, length, length + CHECK_START.length) !== 0) return undefined
  const written = line.toString('latin1', length + CHECK_START.length, line.length - 2)
  return written === checksumOf(line.subarray(0, length)) ? length : undefined
}

/** What was written, or nothing if it was not written whole. */
export function readChecked(line: Buffer): unknown {
  const length = checkedLength(line)
  return length === undefined ? undefined : JSON.parse(`${line.toString('utf8', 0, length)}}`)
}

function checksumOf(bytes: Buffer): string {
  return crc32(bytes).toString(16).padStart(8, '0')
}
