import type { Delivery } from '../deliver/delivery.ts'
import type { RemovedSink } from '../deliver/remove-sink.ts'
import type { AnyCatalog } from '../event/catalog.ts'
import { resolveAddedSink } from '../options/resolve-sink.ts'
import type { SinkEntry } from '../options/sink-entry.ts'
import type { Sink } from '../sink/sink.ts'

/** The sinks of a running audit. */
export interface RunningSinks {
  /** The names in the order in which they were added, including sinks that wait for the journal to be open. */
  readonly names: readonly string[]
  /**
   * Adds a sink, with the same input as `sinks` of `createAudit`. Resolves when it has its offset in the journal: where a sink of
   * that name last stopped, else at `from`. Until the journal is open, it waits for that. Rejects with `AUDIT_INVALID_OPTIONS`,
   * also if the name is taken, or `AUDIT_CLOSED`; then the sink is not closed.
   */
  readonly add: (sink: Sink | SinkEntry) => Promise<void>
  /**
   * Removes a sink: nothing more is written to it, and it is closed. The current write has `timeoutMs` (5,000) before it is
   * aborted. Resolves with the sink's counts, including pending events, when its name is free; a second call in the meantime
   * resolves the same. Its offset is kept. Rejects with `AUDIT_INVALID_OPTIONS` if there is no such sink, or `AUDIT_CLOSED`.
   */
  readonly remove: (name: string, options?: { readonly timeoutMs?: number }) => Promise<RemovedSink>
}

const REMOVE_TIMEOUT_MS = 5_000

export function createRunningSinks(delivery: Delivery, catalog: AnyCatalog): RunningSinks {
  return {
    get names() {
      return delivery.names
    },
    add: async (sink) => delivery.add(resolveAddedSink(sink, [...catalog.definitions.keys()])),
    remove: (name, { timeoutMs = REMOVE_TIMEOUT_MS } = {}) => delivery.remove(name, timeoutMs),
  }
}
