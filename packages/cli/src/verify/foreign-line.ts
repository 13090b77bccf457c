import { crc32 } from 'node:zlib'
import { EventLineReader } from './event-line.ts'

// A failed write or a power cut may leave any bytes behind the last line that counts, also parts of that write. A whole line of
// something else was put there: a reader that looks for lines within broken ones would take it for an event.

const HEAD = Buffer.from('{"version":"1.0",')
const CRC = Buffer.from(',"crc":"')
const CRC_BYTES = CRC.length + 10
/** A line has few other members of that name. Bytes that need more work than this were made for it. */
const MAX_WORK = 16

/** True if these bytes contain a complete line that is not one of the log `source` from sequence `from` on. */
export function containsForeignLine(
  bytes: Buffer,
  { source, from }: { readonly source: string; readonly from: number },
): boolean {
  const reader = new EventLineReader()
  let budget = bytes.length * MAX_WORK
  for (let start = bytes.indexOf(HEAD); start !== -1; start = bytes.indexOf(HEAD, start + 1)) {
    let [checksum, checked] = [0, start]
    for (let at = bytes.indexOf(CRC, start); at !== -1; at = bytes.indexOf(CRC, at + 1)) {
      checksum = crc32(bytes.subarray(checked, at), checksum)
      if ((budget -= at - checked) < 0) return true
      checked = at
      const end = at + CRC_BYTES
      const written = `${CRC.toString()}${checksum.toString(16).padStart(8, '0')}"}`
      if (bytes.toString('latin1', at, end) !== written) continue
      const read = reader.read(Buffer.from(bytes.subarray(start, end)))
      if (!read || read.source !== source || read.sequence < from) return true
    }
  }
  return false
}
