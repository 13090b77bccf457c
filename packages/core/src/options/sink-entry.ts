import type { BatchLimits } from '../event/batch.ts'
import type { RetryPolicy } from '../deliver/retry-policy.ts'
import type { Status } from '../event/event.ts'
import type { Sink } from '../sink/sink.ts'

/** A sink, with its filters and its delivery settings. */
export interface SinkEntry {
  readonly sink: Sink
  /** Default: the sink's own name. Unique among the sinks of an audit; the journal keeps its offset under this name. */
  readonly name?: string
  /** Patterns: `flag:*`, `*:deleted`, `!flag:read`. Left out: everything, including the library's own events. */
  readonly events?: readonly string[]
  /** Default: the statuses that the sink can express, else all. */
  readonly statuses?: readonly Status[]
  /**
   * Only events of these tenants; never events without a tenant, such as the library's own. Left out: all events, with or without
   * a tenant.
   */
  readonly tenants?: readonly string[]
  /** Default: the sink's own batch limits, else 100 events, 1 MiB or 1 s. */
  readonly batch?: Partial<BatchLimits>
  readonly retry?: Partial<RetryPolicy>
  /** The start of a sink that the journal does not know yet. Default: the sink's own, else `now`. */
  readonly from?: 'now' | 'oldest'
  /**
   * Limit of the journal that may wait for this sink. Default 1 GiB; beyond it, the oldest events are skipped and recorded as
   * `audit:lost`.
   */
  readonly maxLagBytes?: number
  /** `hold` keeps all events for it instead, until the journal is full. Default: the sink's own, else `skip`. */
  readonly onLag?: 'skip' | 'hold'
}
