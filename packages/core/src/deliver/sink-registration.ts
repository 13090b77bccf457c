import type { Deliverer } from './deliverer.ts'
import type { DeliveryTarget } from './delivery-target.ts'
import type { RemovedSink } from './remove-sink.ts'

/** A sink of an audit: its name is taken from the beginning; its deliverer exists once the journal has a cursor for it. */
export class SinkRegistration {
  readonly target: DeliveryTarget
  /** Settles with `begin` or `refuse`. */
  readonly placed: Promise<void>
  placing: Promise<void> | undefined
  removal: Promise<RemovedSink> | undefined
  #deliverer: Deliverer | undefined
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

  begin(deliverer: Deliverer): void {
    this.#deliverer = deliverer
    deliverer.start()
    this.#resolve()
  }

  /** The sink gets no cursor. Does nothing if it has one. */
  readonly refuse = (error: unknown): void => this.#reject(error)
}
