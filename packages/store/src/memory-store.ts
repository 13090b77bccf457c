import { OptionChecks } from '@audit/core/internal'
import { AuditError, SinkError, type Batch, type WriteOptions } from '@audit/core/sink'
import { columnsOf, type EventColumns } from './event-columns.ts'
import { EventCounts } from './event-counts.ts'
import type { Position } from './page-token.ts'
import { readPage, type PageWalk, type WalkedEvents } from './read-page.ts'
import { followOptionsOf, pageOptionsOf, summaryOptionsOf } from './reader-options.ts'
import { tenantsOf, type Scope } from './scope.ts'
import { selectionOf, type Period, type StoreFilter, type StoreSelection } from './store-filter.ts'
import type {
  FollowedEvent,
  FollowOptions,
  FoundEvent,
  Page,
  PageOptions,
  Store,
  StoreReader,
  Summary,
  SummaryOptions,
} from './store.ts'
import { storedEvent } from './stored-event.ts'
import { hasWords, wordsOf } from './words.ts'

export interface MemoryStoreOptions {
  /** The most events that it holds; further ones are rejected, and wait in the journal. Default 100,000. */
  readonly maxEvents?: number
  /** Default `store:memory`. */
  readonly name?: string
}

const MAX_RELATED = 50

interface Entry {
  readonly columns: EventColumns
  readonly line: string
  readonly words: readonly string[]
  /** Counts from 1, in the order in which events are stored. */
  readonly arrival: number
}

/** Returns a store in memory, for tests and as the reference for other stores. Its events are gone when the process ends. */
export function memoryStore(given: MemoryStoreOptions = {}): Store {
  const checks = new OptionChecks()
  const options = checks.options(given, ['maxEvents', 'name'])
  const maxEvents = checks.number('maxEvents', options.maxEvents, { fallback: 100_000, min: 1, max: 10_000_000 })
  checks.throwIfAny('The options of memoryStore are wrong')
  return new MemoryStore(options.name ?? 'store:memory', maxEvents)
}

class MemoryStore implements Store {
  readonly name: string
  readonly batch = { maxEvents: 1_000 }
  readonly from = 'oldest'
  readonly #maxEvents: number
  readonly #byId = new Map<string, Entry>()
  /** By time, then by arrival. */
  readonly #sorted: Entry[] = []
  readonly #arrived: Entry[] = []
  readonly #waiters = new Set<() => void>()
  #isClosed = false

  constructor(name: string, maxEvents: number) {
    this.name = name
    this.#maxEvents = maxEvents
  }

  async write(batch: Batch, { signal }: WriteOptions): Promise<void> {
    signal.throwIfAborted()
    this.throwIfClosed()
    const refused: number[] = []
    batch.lines.forEach((line, index) => {
      const event = batch.events[index]!
      const columns = columnsOf(event)
      if (!columns) return refused.push(index)
      if (this.#byId.has(columns.id)) return undefined
      if (this.#byId.size >= this.#maxEvents)
        throw new SinkError(`The store in memory is full: ${this.#maxEvents} events. Raise maxEvents.`, { stored: index })
      return this.#add({ columns, line, words: wordsOf(event), arrival: this.#arrived.length + 1 })
    })
    for (const wake of this.#waiters) wake()
    if (refused.length > 0) throw new SinkError('Some lines are not events.', { refused })
  }

  reader(scope: Scope): StoreReader {
    return new MemoryReader(this, { tenants: tenantsOf(scope) })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const wake of this.#waiters) wake()
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  throwIfClosed(): void {
    if (this.#isClosed) throw new AuditError('AUDIT_CLOSED', 'The store in memory is closed.')
  }

  get(id: string): Entry | undefined {
    return this.#byId.get(id)
  }

  get arrived(): readonly Entry[] {
    return this.#arrived
  }

  /** Resolves after the next batch, and at the close. */
  async change(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted || this.#isClosed) return
    await new Promise<void>((resolve) => {
      const wake = () => {
        this.#waiters.delete(wake)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiters.add(wake)
      signal?.addEventListener('abort', wake)
    })
  }

  /** Yields all entries of the period, from a position on. */
  *walk({ isAscending, from, period }: Omit<PageWalk, 'limit'>): Generator<Entry, void, undefined> {
    const step = isAscending ? 1 : -1
    const beyond = from && (from.isIncluded === isAscending ? 0 : 1)
    let index = from ? this.#indexOf(from.position, beyond!) : isAscending ? 0 : this.#sorted.length
    if (!isAscending) index -= 1
    for (; index >= 0 && index < this.#sorted.length; index += step) {
      const entry = this.#sorted[index]!
      if (isInside(entry.columns.at, period)) yield entry
    }
  }

  #add(entry: Entry): void {
    this.#byId.set(entry.columns.id, entry)
    this.#arrived.push(entry)
    this.#sorted.splice(this.#indexOf([entry.columns.at, entry.arrival], 0), 0, entry)
  }

  /** The index of the first entry at the position or after it; after the position itself with `beyond` 1. */
  #indexOf([at, tie]: Position, beyond: 0 | 1): number {
    let [low, high] = [0, this.#sorted.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const { columns, arrival } = this.#sorted[middle]!
      const isBefore = columns.at < at || (columns.at === at && arrival < Number(tie) + beyond)
      if (isBefore) low = middle + 1
      else high = middle
    }
    return low
  }
}

function isInside(at: number, { since, until }: Period): boolean {
  return at >= since && at < until
}

function isSelected({ columns, words, line }: Entry, selection: StoreSelection): boolean {
  return (
    selection.selectsColumns(columns) &&
    hasWords(words, selection.words) &&
    (selection.payload === undefined || selection.payload(storedEvent(line).event))
  )
}

class MemoryReader implements StoreReader {
  readonly #store: MemoryStore
  readonly #scope: Scope

  constructor(store: MemoryStore, scope: Scope) {
    this.#store = store
    this.#scope = scope
  }

  async page(filter: StoreFilter = {}, options: PageOptions = {}): Promise<Page> {
    this.#store.throwIfClosed()
    const selection = selectionOf(filter, this.#scope, Date.now())
    return readPage(selection, pageOptionsOf(options), (walk) => this.#walk(selection, walk))
  }

  async event(id: string): Promise<FoundEvent | undefined> {
    this.#store.throwIfClosed()
    const selection = selectionOf({}, this.#scope, Date.now())
    const seen = (entry: Entry | undefined) => (entry && isSelected(entry, selection) ? entry : undefined)
    const entry = seen(this.#store.get(id))
    if (!entry) return undefined
    const { attempt: attemptId, request, correlation } = entry.columns
    const attempt = attemptId === undefined ? undefined : seen(this.#store.get(attemptId))
    let outcome: Entry | undefined
    const related: Entry[] = []
    for (const other of this.#store.walk({ isAscending: false, from: undefined, period: selection.period })) {
      if (other === entry || !seen(other)) continue
      const { columns } = other
      if (columns.attempt === id) outcome = other
      const isRelated =
        (request !== undefined && columns.request === request) ||
        (correlation !== undefined && columns.correlation === correlation)
      if (isRelated && related.length < MAX_RELATED) related.push(other)
    }
    return {
      event: storedEvent(entry.line),
      ...(attempt && { attempt: storedEvent(attempt.line) }),
      ...(outcome && { outcome: storedEvent(outcome.line) }),
      related: related.map(({ line }) => storedEvent(line)),
    }
  }

  async summary(filter: StoreFilter = {}, options: SummaryOptions = {}): Promise<Summary> {
    this.#store.throwIfClosed()
    const selection = selectionOf(filter, this.#scope, Date.now())
    const counts = new EventCounts(summaryOptionsOf(options))
    for (const entry of this.#store.walk({ isAscending: false, from: undefined, period: selection.period })) {
      if (!isSelected(entry, selection)) continue
      if (counts.isFull) return counts.summary(false)
      counts.add(entry.columns)
    }
    return counts.summary(true)
  }

  follow(filter: StoreFilter = {}, options: FollowOptions = {}): AsyncIterable<FollowedEvent> {
    this.#store.throwIfClosed()
    const { after, signal } = followOptionsOf(options)
    const selection = selectionOf(filter, this.#scope, Date.now())
    const from = after === undefined ? this.#store.arrived.length : arrivalOf(after)
    return { [Symbol.asyncIterator]: () => this.#followed(selection, from, signal) }
  }

  async *#followed(
    selection: StoreSelection,
    from: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<FollowedEvent, void, undefined> {
    for (let next = from; ; await this.#store.change(signal)) {
      if (signal?.aborted || this.#store.isClosed) return
      for (; next < this.#store.arrived.length; next++) {
        const entry = this.#store.arrived[next]!
        if (!isInside(entry.columns.at, selection.period) || !isSelected(entry, selection)) continue
        const { line } = entry
        const { event } = storedEvent(line)
        yield { line, event, token: String(next + 1) }
        if (signal?.aborted) return
      }
    }
  }

  #walk(selection: StoreSelection, walk: PageWalk): WalkedEvents {
    const found: { position: Position; line: string }[] = []
    for (const entry of this.#store.walk(walk)) {
      if (!isSelected(entry, selection)) continue
      found.push({ position: [entry.columns.at, entry.arrival], line: entry.line })
      if (found.length === walk.limit) break
    }
    return { found }
  }
}

function arrivalOf(token: unknown): number {
  if (typeof token === 'string' && /^\d{1,15}$/.test(token)) return Number(token)
  throw new AuditError('AUDIT_INVALID_CURSOR', 'This is not a token of a followed event of this store.')
}
