import type { BatchLimits } from '../event/batch.ts'
import type { RetryPolicy } from '../deliver/retry-policy.ts'
import type { Status } from '../event/event.ts'
import type { Sink } from '../sink/sink.ts'

/** A sink, and what it wants and how. */
export interface SinkEntry {
  readonly sink: Sink
  /** Default: the sink's own name. Unique among the sinks of an audit; its place in the journal is kept under it. */
  readonly name?: string
  /** Patterns: `flag:*`, `*:deleted`, `!flag:read`. Left out: everything, the library's own facts too. */
  readonly events?: readonly string[]
  /** Default: what the sink can express, else every status. */
  readonly statuses?: readonly Status[]
  /** Only events of these tenants. Events without one, the library's own facts too, never pass. Left out: whoever's they are. */
  readonly tenants?: readonly string[]
  /** Default: what the sink is best given, else 100 events, 1 MiB or 1 s. */
  readonly batch?: Partial<BatchLimits>
  readonly retry?: Partial<RetryPolicy>
  /** Where a sink begins that the journal does not know yet. Default `now`. */
  readonly from?: 'now' | 'oldest'
  /**
   * How much of the journal may wait for this sink. Default 1 GiB; what goes beyond it is passed over, oldest first, and recorded as
   * `audit:lost`.
   */
  readonly maxLagBytes?: number
  /** `hold` keeps everything for it instead, until the journal is full. Default `skip`. */
  readonly onLag?: 'skip' | 'hold'
}
