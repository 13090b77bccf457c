import { AuditError } from '@audit/core/sink'
import type {
  FollowedEvent,
  FollowOptions,
  FoundEvent,
  Page,
  PageOptions,
  StoreFilter,
  StoreReader,
  Summary,
  SummaryOptions,
} from '@audit/store'
import { followOptionsOf, pageOptionsOf, selectionOf, storedEvent, summaryOptionsOf } from '@audit/store/internal'
import type { Arrivals, FoundLines, PageLines, Query } from './event-reader.ts'

/** How often a followed store looks for events of other processes. */
const POLL_MS = 500

/** The part of a store that its readers need. */
export interface OpenStore {
  readonly isClosed: boolean
  read<Result>(method: string, ...args: readonly unknown[]): Promise<Result>
  /** Delays further writes until the promise settles. */
  beforeWrites(promise: Promise<unknown>): void
  /** Resolves after the next batch of this process, at the close, or after that time. */
  change(timeoutMs: number, signal: AbortSignal | undefined): Promise<void>
}

/** Reads in the worker. Filters and options are checked here, so that a wrong one does not wait for the database. */
export class SqliteReader implements StoreReader {
  readonly #store: OpenStore
  readonly #tenants: readonly string[] | 'all'
  readonly #path: string

  constructor(store: OpenStore, tenants: readonly string[] | 'all', path: string) {
    this.#store = store
    this.#tenants = tenants
    this.#path = path
  }

  async page(filter: StoreFilter = {}, options: PageOptions = {}): Promise<Page> {
    const query = this.#query(filter)
    pageOptionsOf(options)
    const { lines, ...tokens } = await this.#store.read<PageLines>('page', query, { ...options })
    return { events: lines.map(storedEvent), ...tokens }
  }

  async event(id: string): Promise<FoundEvent | undefined> {
    const found = await this.#store.read<FoundLines | undefined>('event', this.#query({}), String(id))
    if (!found) return undefined
    const { event, attempt, outcome, related } = found
    return {
      event: storedEvent(event),
      ...(attempt !== undefined && { attempt: storedEvent(attempt) }),
      ...(outcome !== undefined && { outcome: storedEvent(outcome) }),
      related: related.map(storedEvent),
    }
  }

  async summary(filter: StoreFilter = {}, options: SummaryOptions = {}): Promise<Summary> {
    const query = this.#query(filter)
    summaryOptionsOf(options)
    return this.#store.read<Summary>('summary', query, { ...options })
  }

  follow(filter: StoreFilter = {}, options: FollowOptions = {}): AsyncIterable<FollowedEvent> {
    if (this.#store.isClosed) throw new AuditError('AUDIT_CLOSED', `The store '${this.#path}' is closed.`)
    const { after, signal } = followOptionsOf(options)
    const query = this.#query(filter)
    const start = after === undefined ? this.#store.read<string>('lastArrival') : Promise.resolve(after)
    start.catch(() => undefined)
    this.#store.beforeWrites(start)
    return { [Symbol.asyncIterator]: () => this.#followed(query, start, signal) }
  }

  async *#followed(
    query: Query,
    start: Promise<string>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<FollowedEvent, void, undefined> {
    let after = await start
    for (;;) {
      if (signal?.aborted || this.#store.isClosed) return
      // Taken before the look, so that an event which is stored during it ends the wait.
      const change = this.#store.change(POLL_MS, signal)
      const { events, end, hasMore } = await this.#store.read<Arrivals>('arrivals', query, after)
      for (const { line, token } of events) {
        const { event } = storedEvent(line)
        yield { line, event, token }
        if (signal?.aborted) return
      }
      after = end
      if (!hasMore) await change
    }
  }

  #query(filter: StoreFilter): Query {
    const now = Date.now()
    selectionOf(filter, { tenants: this.#tenants }, now)
    return { filter, tenants: this.#tenants, now }
  }
}
