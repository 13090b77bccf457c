import type { Deliverer } from './deliverer.ts'
import type { DeliveryTarget } from './delivery.ts'
import type { RemovedSink } from './remove-sink.ts'
import { Head } from './tally.ts'

/** A sink of an audit: its name is taken from the beginning; its deliverer exists once the journal has a cursor for it. */
export class SinkRegistration {
  readonly target: DeliveryTarget
  /** Settles with `begin` or `refuse`. */
  readonly placed: Promise<void>
  placing: Promise<void> | undefined
  removal: Promise<RemovedSink> | undefined
  #deliverer: Deliverer | undefined
  #counted = new Head(0)
  #resolve!: () => void
  #reject!: (error: unknown) => void

  constructor(target: DeliveryTarget) {
    this.target = target
    this.placed = new Promise((resolve, reject) => ([this.#resolve, this.#reject] = [resolve, reject]))
    this.placed.catch(() => undefined)
  }

  get deliverer(): Deliverer | undefined {
    return this.#deliverer
  }

  /** Events that the deliverer counted when it began. */
  get counted(): Head {
    return this.#counted
  }

  /** `counted`: number of the next events that it already counts as pending. */
  begin(deliverer: Deliverer, counted: number): void {
    this.#deliverer = deliverer
    this.#counted = new Head(counted)
    deliverer.start()
    this.#resolve()
  }

  /** The sink gets no cursor. Does nothing if it has one. */
  readonly refuse = (error: unknown): void => this.#reject(error)
}
