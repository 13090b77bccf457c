import type { SystemAction } from '../event/event-pattern.ts'
import type { EncodedEvent } from '../event/event.ts'
import type { SkippedEvents } from './readers/skipped-events.ts'

interface PendingEvent {
  readonly event: EncodedEvent
  readonly resolve: () => void
}

/** System events of the journal that are not written yet, oldest first. */
export class PendingSystemEvents {
  readonly #encode: (action: SystemAction, payload: unknown) => EncodedEvent
  #waiting: PendingEvent[] = []

  constructor(encode: (action: SystemAction, payload: unknown) => EncodedEvent) {
    this.#encode = encode
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  get events(): readonly EncodedEvent[] {
    return this.#waiting.map(({ event }) => event)
  }

  /** Resolves once the event is written. */
  add(action: SystemAction, payload: unknown): Promise<void> {
    const event = this.#encode(action, payload)
    return new Promise((resolve) => this.#waiting.push({ event, resolve }))
  }

  /** Removes the first `count` events, which are in the log now. */
  written(count: number): void {
    for (const { resolve } of this.#waiting.splice(0, count)) resolve()
  }
}

/** The payload of `audit:lost` if one sink does not get events of a log. */
export function lossOf(
  sink: string,
  source: string,
  { reason, losses, earlier = [], from, to }: SkippedEvents,
  now: number,
): object {
  const at = new Date(now).toISOString()
  const rows = losses.map(({ name, count }) => ({ name, reason, sink, count, from: from ?? at, to: to ?? at }))
  return {
    source,
    count: rows.reduce((sum, { count }) => sum + count, 0),
    losses: rows,
    ...(earlier.length > 0 && { earlier: earlier.map(({ name, count }) => ({ name, sink, count })) }),
  }
}
