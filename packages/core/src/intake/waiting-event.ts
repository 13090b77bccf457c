import type { EncodedEvent, FailMode, Receipt } from '../event/event.ts'

export interface WaitingOptions {
  readonly bytes: number
  readonly failMode: FailMode
  readonly ordinal: number
  readonly deadline: number
}

/**
 * An event between `record()` and the journal.
 *
 * `queued`: it waits. `writing`: it is in the group that the journal is asked to hold. `cancelled`: its caller was rejected while
 * it waited. `recorded`: the journal acknowledged it.
 */
export class WaitingEvent {
  state: 'queued' | 'writing' | 'cancelled' | 'recorded' = 'queued'
  /** Its text. An object of many members would cost more to keep until it is written. */
  readonly event: EncodedEvent
  readonly bytes: number
  readonly failMode: FailMode
  /** Its number in the order of submission. */
  readonly ordinal: number
  /** Monotonic time at which its caller stops waiting. */
  readonly deadline: number
  /** True for the library's own events: they are counted separately, and never cause further ones. */
  readonly isSystemEvent: boolean
  readonly promise: Promise<Receipt>
  #resolve!: (receipt: Receipt) => void
  #reject!: (error: Error) => void
  #answered: 'no' | 'held' | 'rejected' = 'no'

  constructor(event: EncodedEvent, options: WaitingOptions) {
    this.event = event
    this.bytes = options.bytes
    this.failMode = options.failMode
    this.ordinal = options.ordinal
    this.deadline = options.deadline
    this.isSystemEvent = event.type === 'audit'
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    if (this.failMode === 'closed') this.promise.catch(() => undefined)
  }

  /** Its caller has been answered. */
  get answered(): boolean {
    return this.#answered !== 'no'
  }

  /** Its caller was rejected. */
  get rejected(): boolean {
    return this.#answered === 'rejected'
  }

  answer(held: Receipt['held']): void {
    if (this.answered) return
    this.#answered = 'held'
    this.#resolve({ id: this.event.id, held })
  }

  reject(error: Error): void {
    if (this.answered) return
    this.#answered = 'rejected'
    this.#reject(error)
  }
}
