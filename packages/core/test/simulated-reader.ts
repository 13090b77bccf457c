import type { Batch } from '../src/event/batch.ts'
import { violated, type Books, type Place } from './simulated-books.ts'

interface Seen {
  readonly id: string
  readonly place: Place
}

/**
 * The events that one cursor returned and acknowledged, over all processes: in order in each log, without gaps, and never beyond
 * its own place.
 */
export class ReaderBooks {
  readonly name: string
  /** Its beginning. In the first process, only events of the journal itself are older than its cursors. */
  readonly from: 'now' | 'oldest'
  readonly #counters: Books
  /** The earliest place where it may continue, in each log. */
  readonly #sure = new Map<string, number>()
  /** Acknowledged, or about to be, in any process. */
  readonly #done = new Set<string>()
  /** Given in this process and not acknowledged, oldest first. */
  #window: readonly Seen[] = []
  /** The next sequence of each log, in this process. */
  #next = new Map<string, number>()

  constructor(name: string, counters: Books, options: { readonly from: 'now' | 'oldest' }) {
    this.name = name
    this.from = options.from
    this.#counters = counters
  }

  /** A new process opens the cursor. `isExact`: the places were written, and not lost in a power failure. */
  reopened(isExact: boolean): void {
    this.#window = []
    this.#next = new Map()
    if (!isExact) this.#sure.clear()
  }

  given(batch: Batch): void {
    const seen = batch.lines.map((line) => this.#counters.seen(line))
    for (const [index, { id }] of this.#window.slice(0, seen.length).entries()) {
      if (seen[index]!.id !== id)
        violated(`${this.name} was given ${id} and then, unacknowledged, ${seen[index]!.id} in its place`)
    }
    if (seen.length <= this.#window.length) return
    for (const { place, id } of seen.slice(this.#window.length)) this.#advance(place, id)
    this.#window = seen
    this.#counters.checkOrder(seen)
  }

  /** That many events of the window are about to be acknowledged. Returns a function to call once they are. */
  acknowledging(count: number): () => void {
    const passed = this.#window.slice(0, count)
    this.#window = this.#window.slice(count)
    for (const { id } of passed) this.#done.add(id)
    return () => {
      for (const { place } of passed) this.#sure.set(place.source, place.sequence + 1)
    }
  }

  /** Events that it returned and has not acknowledged, in this process. */
  get window(): ReadonlySet<string> {
    return new Set(this.#window.map(({ id }) => id))
  }

  /** Events that must be in the log and were never acknowledged by this cursor. */
  missing(): readonly string[] {
    return this.#counters.held().filter((id) => this.#misses(id))
  }

  #misses(id: string): boolean {
    return !this.#done.has(id) && (this.from === 'oldest' || !this.#counters.isSystemEvent(id))
  }

  #advance({ source, sequence }: Place, id: string): void {
    const next = this.#next.get(source)
    this.#next.set(source, sequence + 1)
    if (next === undefined) return this.#begin({ source, sequence }, id)
    if (sequence < next) violated(`${this.name} was given ${id} again or late in ${source}: ${sequence} after ${next - 1}`)
    this.#checkHole(source, next, sequence)
  }

  #begin({ source, sequence }: Place, id: string): void {
    const sure = this.#sure.get(source) ?? 0
    if (sequence < sure) violated(`${this.name} begins at ${sequence} (${id}), not at ${sure}`)
    this.#checkHole(source, 0, sequence)
  }

  /** Checks that no known event in between is skipped. */
  #checkHole(source: string, from: number, to: number): void {
    for (let sequence = from; sequence < to; sequence++) {
      const id = this.#counters.at({ source, sequence })
      if (id !== undefined && this.#misses(id)) violated(`${this.name} passes over ${id} at ${source} ${sequence}`)
    }
  }
}
