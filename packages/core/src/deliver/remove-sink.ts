import { delay, type Clock } from '../clock.ts'
import type { Reporter } from '../logger.ts'
import type { Sink } from '../sink/sink.ts'
import type { Deliverer } from './deliverer.ts'
import type { DeliveryCounts } from './delivery-counters.ts'

/** Counters of a removed sink, from when it was added: wanted = delivered + deadLettered + lost + pending. */
export interface RemovedSink extends DeliveryCounts {
  /** Events that wait in the journal for a sink of the same name. */
  readonly pending: number
}

export interface RemovalOptions {
  readonly clock: Clock
  readonly reporter: Reporter
  /** Time that the write under way has before it is aborted. */
  readonly timeoutMs: number
}

/** Time that a sink has to close, after its writes have ended. */
const CLOSE_MS = 1_000
const nothing: DeliveryCounts = { wanted: 0, delivered: 0, deadLettered: 0, lost: 0, retried: 0 }

/**
 * Ends delivery to a sink, then closes it. Never rejects, and takes no longer than the timeout plus the time a sink has to stop
 * and to close. Without a deliverer, nothing was ever written to it.
 */
export async function removeSink(
  { name, sink }: { readonly name: string; readonly sink: Sink },
  deliverer: Deliverer | undefined,
  { clock, reporter, timeoutMs }: RemovalOptions,
): Promise<RemovedSink> {
  const closed = async (close: () => Promise<void> | undefined) => {
    const done = new AbortController()
    const closing = (async () => close())().catch(() => reporter.warn(`close ${name}`, `Sink '${name}' failed to close.`))
    await Promise.race([closing, delay(clock, CLOSE_MS, done.signal, { keepAlive: false })])
    done.abort()
  }
  if (!deliverer) {
    await closed(() => sink.close?.())
    return { ...nothing, pending: 0 }
  }
  const late = new AbortController()
  const timer = clock.schedule(timeoutMs, () => late.abort())
  // Also when the sink ignores its signal: a write that is still under way must not move the cursor of the next sink with this
  // name.
  await deliverer.stop(late.signal)
  timer.cancel()
  const { pending } = deliverer
  if (pending > 0) reporter.warn(`removed ${name}`, `Sink '${name}' is removed. ${pending} events wait in the journal for it.`)
  await closed(() => deliverer.close({ pendingIsLost: false }))
  return { ...deliverer.counters.counts, pending }
}
