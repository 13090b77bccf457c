import type { StoredRecord } from './record-line.ts'

/** How many of one `noun:verb`. */
export interface LossCount {
  readonly name: string
  readonly count: number
}

/** Wanted events that a reader will not be given. */
export interface LaneLoss {
  readonly reason: 'lag' | 'trimmed' | 'unreadable' | 'changed'
  readonly losses: readonly LossCount[]
  /** What it was told of before, by facts that it will not be given either. */
  readonly earlier?: readonly LossCount[]
  /** RFC 3339: of the first and the last of them, if they could be read. */
  readonly from?: string
  readonly to?: string
}

/** Adds up what a reader passes over. */
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

  get loss(): LaneLoss | undefined {
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

  /** The fact that told this reader of a loss is passed over as well, so what it said is said again. */
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
