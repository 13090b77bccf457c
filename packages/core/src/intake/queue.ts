import type { WaitingEvent } from './waiting-event.ts'

export interface QueueLimits {
  readonly maxEvents: number
  readonly maxBytes: number
}

/** As many as one group of the writer, which would not become larger. */
const GATHERED_EVENTS = 1_000
const GATHERED_BYTES = 1 << 20
/** Share of the queue for `open` events; the rest is reserved for `closed` events, outcomes and the library's own events. */
const OPEN_SHARE = 0.8

/**
 * Events waiting for the journal, oldest first, bounded by count and bytes. Events being written still count: they may come back.
 */
export class Queue {
  readonly #limits: QueueLimits
  #events: WaitingEvent[] = []
  #head = 0
  #count = 0
  #bytes = 0
  #cancelled = 0

  constructor(limits: QueueLimits) {
    this.#limits = limits
  }

  /** Waiting and being written. */
  get count(): number {
    return this.#count
  }

  hasRoomFor(bytes: number, privileged: boolean): boolean {
    const share = privileged ? 1 : OPEN_SHARE
    return this.#count + 1 <= this.#limits.maxEvents * share && this.#bytes + bytes <= this.#limits.maxBytes * share
  }

  /** No event waits to be taken. */
  get isTaken(): boolean {
    return this.#head === this.#events.length
  }

  /** More events can gather: they fit into one group, and into half of what `open` events may fill. */
  get mayGather(): boolean {
    const { maxEvents, maxBytes } = this.#limits
    const [events, bytes] = [(maxEvents * OPEN_SHARE) / 2, (maxBytes * OPEN_SHARE) / 2]
    return this.#count < Math.min(GATHERED_EVENTS, events) && this.#bytes < Math.min(GATHERED_BYTES, bytes)
  }

  add(event: WaitingEvent): void {
    this.#events.push(event)
    this.#count++
    this.#bytes += event.bytes
  }

  /** Takes the oldest events up to these limits, but at least one. They count as waiting until they are released. */
  take(maxEvents: number, maxBytes: number): WaitingEvent[] {
    const group: WaitingEvent[] = []
    let bytes = 0
    while (this.#head < this.#events.length && group.length < maxEvents) {
      const event = this.#events[this.#head]!
      if (group.length > 0 && bytes + event.bytes > maxBytes) break
      this.#head++
      if (event.state === 'cancelled') continue
      group.push(event)
      bytes += event.bytes
    }
    // Taken events must not stay referenced here: an event that survives two minor garbage collections costs a major one.
    if (this.#head === this.#events.length) {
      this.#events = []
      this.#head = 0
    } else if (this.#head > 1_024 && this.#head * 2 > this.#events.length) {
      this.#compact()
    }
    return group
  }

  /** Puts a group that could not be written back to the front. */
  restore(group: readonly WaitingEvent[]): void {
    this.#events = [...group, ...this.#events.slice(this.#head)]
    this.#head = 0
  }

  /** Call when an event no longer waits: it is recorded, lost, or its caller was rejected. */
  release(event: WaitingEvent): void {
    this.#count--
    this.#bytes -= event.bytes
  }

  /** Removes an event whose caller was rejected. */
  cancel(event: WaitingEvent): void {
    event.state = 'cancelled'
    this.release(event)
    // While nothing can be written, nothing is taken, and cancelled events would pile up.
    if (++this.#cancelled > Math.max(256, this.#count)) this.#compact()
  }

  /** All events that wait to be taken, oldest first. */
  *waiting(): Generator<WaitingEvent> {
    for (let index = this.#head; index < this.#events.length; index++) {
      const event = this.#events[index]!
      if (event.state === 'queued') yield event
    }
  }

  #compact(): void {
    this.#events = this.#events.slice(this.#head).filter((event) => event.state !== 'cancelled')
    this.#head = 0
    this.#cancelled = 0
  }
}
