import type { StoredRecord } from '../../log-format/record-line.ts'

/** The number of events of one name, `noun:verb`. */
export interface LossCount {
  readonly name: string
  readonly count: number
}

/** Wanted events that a cursor does not return. */
export interface SkippedEvents {
  readonly reason: 'lag' | 'trimmed' | 'unreadable' | 'changed'
  readonly losses: readonly LossCount[]
  /** Losses that were reported to the cursor before, by system events that it does not return either. */
  readonly earlier?: readonly LossCount[]
  /** RFC 3339 timestamps of the first and last event, if they could be read. */
  readonly from?: string
  readonly to?: string
}

/** Counts the events that a cursor skips. */
export class PassedOver {
  readonly #reader: string
  readonly #counts = new Map<string, number>()
  readonly #earlier = new Map<string, number>()
  #first: StoredRecord | undefined
  #last: StoredRecord | undefined

  constructor(reader: string) {
    this.#reader = reader
  }

  add(record: StoredRecord): void {
    count(this.#counts, `${record.type}:${record.action}`, 1)
    this.#first ??= record
    this.#last = record
    if (record.type === 'audit' && record.action === 'lost') this.#addEarlier(record)
  }

  get loss(): SkippedEvents | undefined {
    if (!this.#first || !this.#last) return undefined
    const earlier = rowsOf(this.#earlier)
    return {
      reason: 'lag',
      losses: rowsOf(this.#counts),
      ...(earlier.length > 0 && { earlier }),
      from: timestampOf(this.#first),
      to: timestampOf(this.#last),
    }
  }

  /** Skips an event that reported a loss to this cursor, so its content is reported again. */
  #addEarlier({ line }: StoredRecord): void {
    const { payload } = JSON.parse(line) as { readonly payload: LostPayload | null }
    for (const row of payload?.losses ?? []) if (row.sink === this.#reader) count(this.#earlier, row.name, row.count)
    for (const row of payload?.earlier ?? []) if (row.sink === this.#reader) count(this.#earlier, row.name, row.count)
  }
}

interface LostPayload {
  readonly losses?: readonly (LossCount & { readonly sink?: string })[]
  readonly earlier?: readonly (LossCount & { readonly sink?: string })[]
}

function count(counts: Map<string, number>, name: string, more: number): void {
  counts.set(name, (counts.get(name) ?? 0) + more)
}

function rowsOf(counts: ReadonlyMap<string, number>): readonly LossCount[] {
  return Array.from(counts, ([name, number]) => ({ name, count: number }))
}

function timestampOf({ line }: StoredRecord): string {
  return (JSON.parse(line) as { readonly timestamp: string }).timestamp
}
