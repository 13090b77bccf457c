import type { Clock } from '../clock.ts'
import { AuditError, handledRejection } from '../errors.ts'
import type { Publish } from '../diagnostics.ts'
import type { Reporter } from '../logger.ts'
import type { Batch } from '../event/batch.ts'
import type { EncodedEvent, EventFacts } from '../event/event.ts'
import type { BatchLimits, Journal } from '../journal/journal.ts'
import type { Sink } from '../sink/sink.ts'
import type { DeadLetter, DeadLetters } from '../journal/dead-letters.ts'
import { Deliverer } from './deliverer.ts'
import { replayLetters, type ReplayResult } from './replay.ts'
import type { RetryPolicy } from './retry-policy.ts'

/** A sink and how to deliver to it. */
export interface DeliveryTarget {
  readonly name: string
  readonly sink: Sink
  readonly wants: (event: EventFacts) => boolean
  readonly batch: BatchLimits
  readonly retry: RetryPolicy
  readonly from: 'now' | 'oldest'
  readonly maxLagBytes: number
}

export interface DeliveryOptions {
  readonly targets: readonly DeliveryTarget[]
  readonly deadLetters: DeadLetters
  readonly clock: Clock
  readonly reporter: Reporter
  readonly publish: Publish
  readonly onAcknowledged: () => void
  readonly onDeadLettered: (sink: string, batch: Batch) => void
}

/** All deliverers of an audit: none knows of another, so none waits for another. */
export class Delivery {
  readonly #options: DeliveryOptions
  readonly #deliverers = new Map<string, Deliverer>()

  constructor(options: DeliveryOptions) {
    this.#options = options
  }

  get deliverers(): readonly Deliverer[] {
    return [...this.#deliverers.values()]
  }

  /** Takes each sink's place in the journal and begins to deliver. Called again after a rejection, it goes on with the rest. */
  async open(journal: Journal): Promise<void> {
    const { targets, onDeadLettered, ...shared } = this.#options
    for (const target of targets) {
      if (this.#deliverers.has(target.name)) continue
      const cursor = await journal.cursor(target.name, {
        ...target,
        onUnwanted: (count) => this.#deliverers.get(target.name)?.countWanted(-count),
        onLost: (count) => this.#deliverers.get(target.name)?.countLost(count),
      })
      const options = { ...shared, ...target, cursor, onDeadLettered: (batch: Batch) => onDeadLettered(target.name, batch) }
      const deliverer = new Deliverer(options)
      this.#deliverers.set(target.name, deliverer)
      deliverer.start()
    }
  }

  countWanted(events: readonly EncodedEvent[]): void {
    for (const { name, wants } of this.#options.targets) {
      let wanted = 0
      for (const event of events) if (wants(event)) wanted++
      if (wanted > 0) this.#deliverers.get(name)?.countWanted(wanted)
    }
  }

  async flush(): Promise<void> {
    await Promise.all(this.deliverers.map((deliverer) => deliverer.flush()))
  }

  async drain(signal: AbortSignal): Promise<void> {
    await Promise.all(this.deliverers.map((deliverer) => deliverer.drain(signal)))
  }

  /** Sends dead letters to their sink again. */
  replay(sink: string, letters: readonly DeadLetter[]): Promise<ReplayResult> {
    const deliverer = this.#deliverers.get(sink)
    const target = this.#options.targets.find(({ name }) => name === sink)
    if (!deliverer || !target) {
      return handledRejection(new AuditError('AUDIT_SINK_FAILED', `There is no sink '${sink}' now. Add it, then replay.`))
    }
    const write = (batch: Batch) => deliverer.write(batch)
    const options = { write, deadLetters: this.#options.deadLetters, maxEvents: target.batch.maxEvents }
    return deliverer.between(() => replayLetters(letters, options))
  }

  get lagging(): readonly string[] {
    return this.deliverers
      .filter(({ pending }) => pending > 0)
      .map(({ name, pending, state }) => `'${name}' (${state}, ${pending} pending)`)
  }
}
