import type { JournalRecord } from '../../event/batch.ts'
import type { EncodedEvent, EventFacts } from '../../event/event.ts'
import { checkedLength, closeLine } from './checked-line.ts'

// One checked line an event. A sink gets it without the checksum.

/** One event as the file journal holds it. */
export interface StoredRecord extends JournalRecord, EventFacts {
  readonly sequence: number
  /** When it was appended, on the clock's monotonic time; long ago if that was another process. */
  readonly at: number
}

/** A group of events as bytes to be written, and as records to be handed out. */
export interface EncodedGroup {
  readonly bytes: Buffer
  readonly records: readonly StoredRecord[]
}

/** What is around the head of an event and its source: member names, a sequence, the checksum, a line end. */
const FRAME_BYTES = 64

/** `source` is the value of each event's `source` member, in JSON. */
export function encodeGroup(events: readonly EncodedEvent[], source: string, first: number, at: number): EncodedGroup {
  const frameBytes = Buffer.byteLength(source) + FRAME_BYTES
  const bytes = Buffer.allocUnsafe(events.reduce((sum, event) => sum + event.byteLength + frameBytes, 0))
  const records: StoredRecord[] = []
  let end = 0
  for (const { head, type, action, status, tenant } of events) {
    const sequence = first + records.length
    const text = `${head},"source":${source},"sequence":${sequence}`
    const start = end
    end += bytes.write(text, end)
    const facts = tenant === undefined ? { type, action, status } : { type, action, status, tenant }
    records.push({ ...facts, sequence, at, line: `${text}}`, byteLength: end - start + 2, end: sequence + 1 })
    end = closeLine(bytes, start, end)
  }
  return { bytes: bytes.subarray(0, end), records }
}

/** What a line of a segment holds, without its end, or nothing if it is not exactly what was once written. */
export function readRecord(line: Buffer): StoredRecord | undefined {
  const length = checkedLength(line)
  if (length === undefined) return undefined
  const sequence = numberBefore(line, length)
  return sequence === undefined ? undefined : new ReadRecord(`${line.toString('utf8', 0, length)}}`, length + 2, sequence)
}

/** The digits that end at `end`. */
function numberBefore(line: Buffer, end: number): number | undefined {
  let number = 0
  let place = 1
  let index = end - 1
  for (; index >= 0; index--, place *= 10) {
    const digit = line[index]! - 0x30
    if (digit < 0 || digit > 9) break
    number += digit * place
  }
  return index < end - 1 && Number.isSafeInteger(number) ? number : undefined
}

/** A record from the disk. What filters ask of it is looked up when they ask. */
class ReadRecord implements StoredRecord {
  readonly line: string
  readonly byteLength: number
  readonly sequence: number
  readonly at = -Infinity
  #facts: ReadFacts | undefined

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

  get status(): EventFacts['status'] {
    return this.#read.status
  }

  get tenant(): string {
    return this.#read.metadata?.tenant as string
  }

  get #read(): ReadFacts {
    return (this.#facts ??= JSON.parse(this.line) as ReadFacts)
  }
}

interface ReadFacts extends EventFacts {
  readonly metadata?: { readonly tenant?: string }
}
