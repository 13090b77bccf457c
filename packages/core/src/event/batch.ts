import type { AuditEvent } from './event.ts'

/** One or more events that are delivered together, oldest first. */
export interface Batch {
  /** The exact JSON text of each event, without a line end. */
  readonly lines: readonly string[]
  /** The same events, parsed at the first access. */
  readonly events: readonly AuditEvent[]
  /** UTF-8 bytes of all lines, a line end each included. */
  readonly byteLength: number
  /** The offset after the last event; a cursor acknowledges it. */
  readonly end: number
  /** Part of the batch, as a batch. `from` counts from 0, `to` is exclusive; at least one event. */
  slice(from: number, to: number): Batch
}

/**
 * The limits that make a batch due, whichever comes first. A larger batch takes fewer writes, and repeats more events after a
 * crash.
 */
export interface BatchLimits {
  readonly maxEvents: number
  readonly maxBytes: number
  readonly maxAgeMs: number
}

/** At most one request per second for a quiet service, and batches that every HTTP receiver accepts. */
export const defaultBatchLimits: BatchLimits = { maxEvents: 100, maxBytes: 1 << 20, maxAgeMs: 1_000 }

/** One event as the journal holds it. */
export interface JournalRecord {
  readonly line: string
  /** UTF-8 bytes of the line and its end. */
  readonly byteLength: number
  /** The offset after it. */
  readonly end: number
}

/** Returns the records of one batch, from that index on: within both limits, but one in any case, or an oversized event would stop all. */
export function recordsWithin<R extends JournalRecord>(records: readonly R[], from: number, limits: BatchLimits): readonly R[] {
  let [end, bytes] = [from, 0]
  for (; end < Math.min(records.length, from + limits.maxEvents); end++) {
    bytes += records[end]!.byteLength
    if (end > from && bytes > limits.maxBytes) break
  }
  return records.slice(from, end)
}

export function createBatch(records: readonly JournalRecord[]): Batch {
  return new RecordBatch(records)
}

class RecordBatch implements Batch {
  readonly lines: readonly string[]
  readonly byteLength: number
  readonly end: number
  readonly #records: readonly JournalRecord[]
  #events: readonly AuditEvent[] | undefined

  constructor(records: readonly JournalRecord[]) {
    const last = records.at(-1)
    if (!last) throw new RangeError('A batch holds at least one event.')
    this.#records = records
    this.lines = Object.freeze(records.map((record) => record.line))
    this.byteLength = records.reduce((sum, record) => sum + record.byteLength, 0)
    this.end = last.end
  }

  get events(): readonly AuditEvent[] {
    return (this.#events ??= Object.freeze(this.lines.map((line) => JSON.parse(line) as AuditEvent)))
  }

  slice(from: number, to: number): Batch {
    return new RecordBatch(this.#records.slice(from, to))
  }
}
