import type { FactAction } from '../../event/event-pattern.ts'
import type { EncodedEvent } from '../../event/event.ts'

interface OwnFact {
  readonly event: EncodedEvent
  readonly resolve: () => void
}

/** What the journal has to say itself and has not written yet, oldest first. */
export class OwnFacts {
  readonly #encode: (action: FactAction, payload: unknown) => EncodedEvent
  #waiting: OwnFact[] = []

  constructor(encode: (action: FactAction, payload: unknown) => EncodedEvent) {
    this.#encode = encode
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  get events(): readonly EncodedEvent[] {
    return this.#waiting.map(({ event }) => event)
  }

  /** Resolves once it is written. */
  add(action: FactAction, payload: unknown): Promise<void> {
    const event = this.#encode(action, payload)
    return new Promise((resolve) => this.#waiting.push({ event, resolve }))
  }

  /** The first so many are in the log. */
  written(count: number): void {
    for (const { resolve } of this.#waiting.splice(0, count)) resolve()
  }
}
