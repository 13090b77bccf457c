import type { Batch, BatchLimits } from '../event/batch.ts'
import type { Status } from '../event/event.ts'

/** A destination of events. A sink encodes and sends; it never queues, batches or retries. */
export interface Sink {
  /** Its kind and target, without secrets: `file:/var/log/audit.log`. Unique among the sinks of an audit. */
  readonly name: string
  /** Statuses that it can express, if not all; the default of an entry's `statuses`. */
  readonly statuses?: readonly Status[]
  /**
   * False: it cannot express the library's own `audit:*` events, and gets none, whatever the patterns of its entry. Default true.
   */
  readonly systemEvents?: boolean
  /** Batch limits that suit it, if not the defaults of the library; the default of an entry's `batch`. */
  readonly batch?: Partial<BatchLimits>
  /** The start that suits it, if not `now`; the default of an entry's `from`. A copy of the trail begins with `oldest`. */
  readonly from?: 'now' | 'oldest'
  /** The default of an entry's `onLag`, if the entry has no `maxLagBytes` either. */
  readonly onLag?: 'skip' | 'hold'
  /**
   * Opens the destination, so that a path that cannot be written to is an error of `ready()`, and not first found by an event.
   * Called before the first write, and by each `ready()` until it has resolved or a batch is stored, possibly while `write` runs.
   * `write` opens by itself if this rejected. Leave it out if nothing can be checked before a write.
   */
  open?(options: WriteOptions): Promise<void>
  /**
   * Stores the batch, in order. Resolves only when every event is stored at the destination; otherwise rejects, with a SinkError
   * if the sink knows more than "try again later". The same event may come twice, with the same id. Stops when `signal` aborts;
   * the deadline of a try comes only through it. Rejects without storing if it is aborted already.
   */
  write(batch: Batch, options: WriteOptions): Promise<void>
  /** Releases connections. Called once, after the last write has settled or its grace has passed. A write after it rejects. */
  close?(): Promise<void>
}

export interface WriteOptions {
  readonly signal: AbortSignal
}
