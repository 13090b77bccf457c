import type { SinkMode } from './switched-sink.ts'

/** Settings of a service of the fault matrix. */
export interface ServiceSettings {
  readonly service?: string
  /** Directory of the journal. */
  readonly directory: string
  readonly sinks: readonly SinkSettings[]
  /** The safety step to leave out. `memory`: the journal is in memory. `no-last-write`: the journal has no synchronous append. */
  readonly control?: string | undefined
  readonly segmentBytes?: number
  readonly maxBytes?: number
  readonly queueEvents?: number
  readonly failMode?: 'open' | 'closed'
  readonly maxWaitMs?: number
  /** Dead letters in memory, not next to the log. */
  readonly forgetsLetters?: boolean
  /** Deadlines follow the wall clock, which they must not. */
  readonly usesWallClock?: boolean
}

export interface SinkSettings {
  readonly name: string
  /** The file it writes to. Unused with a webhook. */
  readonly path: string
  /** URL that it posts to instead of the file. */
  readonly webhook?: WebhookSettings
  readonly mode?: SinkMode
  readonly from?: 'now' | 'oldest'
  readonly maxLagBytes?: number
  readonly onLag?: 'skip' | 'hold'
  readonly batchEvents?: number
  readonly maxRetryMs?: number
}

export interface WebhookSettings {
  readonly url: string
  readonly secret: string | readonly string[]
  /** The authority of its certificate. */
  readonly ca?: string
}

/** Requests of a harness to a service. Each answer carries the request's number. */
export type ServiceRequest =
  | { readonly call: 'record'; readonly count: number; readonly from: number; readonly text?: string }
  | { readonly call: 'latencies'; readonly count: number; readonly from: number }
  | { readonly call: 'stream'; readonly burst: number; readonly everyMs: number; readonly from: number }
  | { readonly call: 'pause' }
  | { readonly call: 'mode'; readonly sink: string; readonly mode: SinkMode }
  | { readonly call: 'tries' | 'durations'; readonly sink: string }
  | { readonly call: 'ready' | 'stats' | 'health' | 'now' | 'letters' | 'source' }
  | { readonly call: 'flush' | 'close'; readonly timeoutMs?: number }
  | { readonly call: 'replay'; readonly sink: string }
  | { readonly call: 'read'; readonly path: string }
  /** `memory`: all memory of the process. `held`: the part that cannot be collected. */
  | { readonly call: 'memory' | 'held' }

/** Messages of a service about itself. */
export type ServiceMessage =
  | { readonly kind: 'acknowledged'; readonly entries: readonly (readonly [n: number, id: string])[] }
  | { readonly kind: 'rejected'; readonly entries: readonly (readonly [n: number, code: string])[] }
  | { readonly kind: 'said'; readonly message: string }
  | { readonly kind: 'answer'; readonly request: number; readonly result?: unknown; readonly error?: string }
