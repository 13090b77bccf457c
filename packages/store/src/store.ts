import type { Sink, Status } from '@audit/core/sink'
import type { Scope } from './scope.ts'
import type { StoredEvent } from './stored-event.ts'
import type { StoreFilter } from './store-filter.ts'

// The contract of a store: a copy of the trail that can be queried. The journal stays the truth, so a store can always be rebuilt.

/** A sink whose events can be read again. An event that comes twice is stored once, by its id. */
export interface Store extends Sink {
  /**
   * Returns a reader of the events in the scope. There is no other way to read. Throws `AUDIT_INVALID_OPTIONS` for a scope that is
   * not one.
   */
  reader(scope: Scope): StoreReader
  /** Resolves when the store has released its files and connections. May be called twice. Calls after it reject. */
  close(): Promise<void>
}

/**
 * Reads the events of one scope. Each method throws `AUDIT_INVALID_OPTIONS` or `AUDIT_INVALID_PATTERN` for a wrong filter or option,
 * also for one with an unknown name, and rejects with `AUDIT_STORE_UNAVAILABLE` if the store cannot be read.
 */
export interface StoreReader {
  /**
   * Resolves with one page, the newest events first unless `order` says otherwise. Events of one millisecond have an order that never
   * changes. A page costs the same at any depth. Rejects with `AUDIT_INVALID_CURSOR` for a token of another filter, scope or order.
   */
  page(filter?: StoreFilter, options?: PageOptions): Promise<Page>
  /** Resolves with an event and the events that belong to it, all of the scope. Undefined if the scope has no event of that id. */
  event(id: string): Promise<FoundEvent | undefined>
  /**
   * Resolves with counts over time and the most frequent values. It looks at the newest 100,000 matching events at most, and
   * `isComplete` is false if there are more.
   */
  summary(filter?: StoreFilter, options?: SummaryOptions): Promise<Summary>
  /**
   * Yields matching events as they are stored, from the call on or after the token of an earlier one, each source in the order in
   * which it is stored. Ends when the signal aborts. Rejects with `AUDIT_INVALID_CURSOR` if the token is too old to continue.
   */
  follow(filter?: StoreFilter, options?: FollowOptions): AsyncIterable<FollowedEvent>
}

export interface PageOptions {
  /** The most events of the page, 1 to 1,000. Default 50. */
  readonly limit?: number
  /** Default `newest`. */
  readonly order?: 'newest' | 'oldest'
  /** `next` or `previous` of another page of the same filter, scope and order. Default: the first page. */
  readonly token?: string
}

export interface Page {
  /** May be fewer than the limit, even none, if a search stopped at its bound: as long as there is `next`, more may follow. */
  readonly events: readonly StoredEvent[]
  /** The token of the page after this one. Undefined: there are no more events. */
  readonly next?: string
  /** The token of the page before this one. Undefined for the first page. */
  readonly previous?: string
}

export interface FoundEvent {
  readonly event: StoredEvent
  /** The attempt that this event settles. */
  readonly attempt?: StoredEvent
  /** The outcome of this event, if it is an attempt. */
  readonly outcome?: StoredEvent
  /** The newest 50 other events with the same request id or correlation id, the newest first. */
  readonly related: readonly StoredEvent[]
}

/** A member whose values a summary counts. An actor is its id, else its email address; a target is `type/id`. */
export type Facet = 'event' | 'status' | 'actor' | 'target' | 'tenant' | 'source' | 'ip'

export interface SummaryOptions {
  /** The most bars of the histogram, 1 to 500. Default 60. */
  readonly bars?: number
  /** Default: event and status. */
  readonly facets?: readonly Facet[]
  /** The number of values of each facet, 1 to 100. Default 10. */
  readonly top?: number
}

export interface Summary {
  /** The number of events that were counted. */
  readonly count: number
  /** False: there are older events, which are not counted. */
  readonly isComplete: boolean
  /** Consecutive periods, the oldest first, from the first to the last counted event. Empty periods are included. */
  readonly bars: readonly SummaryBar[]
  /** The most frequent values of each facet, the most frequent first. */
  readonly facets: { readonly [name in Facet]?: readonly { readonly value: string; readonly count: number }[] }
}

/** One period of a histogram: from `from` to before `to`, in RFC 3339. */
export interface SummaryBar {
  readonly from: string
  readonly to: string
  readonly counts: { readonly [status in Status]?: number }
}

export interface FollowOptions {
  /** The token of a followed event: continues after it. Default: events that are stored after the call. */
  readonly after?: string
  readonly signal?: AbortSignal
}

export interface FollowedEvent extends StoredEvent {
  readonly token: string
}
