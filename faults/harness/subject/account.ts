import { readDeliveries, type Delivered } from './delivery-file.ts'
import { BATCH_EVENTS, type Outcome } from './subject-plan.ts'

// Compares the deliveries with the promises, for every harness.

export interface Findings {
  readonly acknowledged: number
  /** Distinct events in the sink with the fewest. */
  readonly delivered: number
  readonly duplicates: number
  /** Largest number of events of one source that one process repeated to one sink. */
  readonly mostRepeated: number
  /** `audit:recovered`, by reason. */
  readonly recovered: ReadonlyMap<string, number>
  /** Sum of the `audit:lost` events of the first sink. */
  readonly reportedLost: number
  /** Events whose caller was rejected, and that a sink has. */
  readonly rejectedAndDelivered: number
  readonly violations: readonly string[]
}

export interface CheckOptions {
  readonly directory: string
  readonly sinks: readonly string[]
  /** How many times a process may repeat events of one source. Default: one batch. */
  readonly mayRepeat?: number
  /** The time at which a process lost its disk. A machine without power would not have done what it did later. */
  readonly lostPowerAt?: ReadonlyMap<number, number>
}

export class Account {
  readonly #acknowledged = new Map<string, string>()
  readonly #rejected = new Set<string>()

  /** The result of the caller in process `run`. */
  add(run: number, { index, held, id }: Outcome): void {
    const key = `${run}:${index}`
    if (held === 'journal') this.#acknowledged.set(key, id!)
    else if (held.startsWith('AUDIT_')) this.#rejected.add(key)
  }

  get acknowledged(): number {
    return this.#acknowledged.size
  }

  /** True once every sink got every acknowledged event. */
  isDelivered(directory: string, sinks: readonly string[]): boolean {
    return sinks.every((sink) => {
      const events = new Set(readDeliveries(directory, sink).map(({ run, index }) => `${run}:${index}`))
      return [...this.#acknowledged.keys()].every((event) => events.has(event))
    })
  }

  /** Reads the deliveries to the sinks, and finds each broken promise. */
  check({ directory, sinks, mayRepeat = BATCH_EVENTS, lostPowerAt }: CheckOptions): Findings {
    const violations: string[] = []
    const books = sinks.map((sink) => {
      const found = new SinkBook()
      for (const delivered of readDeliveries(directory, sink)) {
        if (delivered.at < (lostPowerAt?.get(delivered.by) ?? Infinity)) found.add(delivered)
      }
      violations.push(...found.violations(this.#acknowledged, mayRepeat).map((violation) => `sink '${sink}': ${violation}`))
      return found
    })
    const [first] = books
    if (!first) throw new Error('There is no sink to ask.')
    for (const [place, id] of first.places) {
      const other = books.find((book) => (book.places.get(place) ?? id) !== id)
      if (other) violations.push(`two sinks have different events at ${place}`)
    }
    return {
      acknowledged: this.#acknowledged.size,
      delivered: Math.min(...books.map((book) => book.places.size)),
      duplicates: books.reduce((sum, book) => sum + book.duplicates, 0),
      mostRepeated: Math.max(...books.map((book) => book.mostRepeated)),
      recovered: first.recovered,
      reportedLost: first.reportedLost,
      rejectedAndDelivered: [...this.#rejected].filter((key) => first.has(key)).length,
      violations,
    }
  }
}

/** A row of `audit:lost`. */
interface Loss {
  readonly name: string
  readonly sink?: string
  readonly count: number
}

/** Events of one sink. */
class SinkBook {
  /** For each place in a log, the id of the event that was delivered first. */
  readonly places = new Map<string, string>()
  readonly recovered = new Map<string, number>()
  duplicates = 0
  reportedLost = 0
  readonly #ids = new Map<string, string>()
  readonly #events = new Map<string, string>()
  readonly #lastSequences = new Map<string, number>()
  readonly #lastIndexes = new Map<string, number>()
  readonly #repeats = new Map<string, number>()
  readonly #violations: string[] = []

  add(delivered: Delivered): void {
    const { by, id, source, sequence, isWrong } = delivered
    const place = `${source}#${sequence}`
    if (isWrong) this.#violations.push(`the event at ${place} is not what was recorded`)
    if (this.#ids.has(id)) {
      this.duplicates++
      const repeater = `process ${by}, ${source}`
      this.#repeats.set(repeater, (this.#repeats.get(repeater) ?? 0) + 1)
      if (this.#ids.get(id) !== place) this.#violations.push(`event ${id} came as ${this.#ids.get(id)} and as ${place}`)
      return
    }
    if (this.places.has(place)) this.#violations.push(`${place} is ${this.places.get(place)} and ${id}`)
    this.#ids.set(id, place)
    this.places.set(place, id)
    const expected = (this.#lastSequences.get(source) ?? -1) + 1
    if (sequence !== expected) this.#violations.push(`${place} came where ${expected} was due`)
    this.#lastSequences.set(source, Math.max(sequence, expected - 1))
    this.#addContent(delivered)
  }

  has(event: string): boolean {
    return this.#events.has(event)
  }

  get mostRepeated(): number {
    return Math.max(0, ...this.#repeats.values())
  }

  violations(acknowledged: ReadonlyMap<string, string>, mayRepeat: number): readonly string[] {
    const found = [...this.#violations]
    const lost = [...acknowledged].filter(([event, id]) => this.#events.get(event) !== id)
    if (lost.length > 0) found.push(`${lost.length} acknowledged events lost, the first ${lost[0]![0]}`)
    for (const [repeater, count] of this.#repeats) if (count > mayRepeat) found.push(`${repeater}: ${count} events repeated`)
    for (const [reason, count] of this.recovered) if (reason !== 'torn') found.push(`${count} audit:recovered say '${reason}'`)
    return found
  }

  #addContent({ id, source, name, run, index, payload }: Delivered): void {
    const { reason, losses = [] } = (payload ?? {}) as { reason?: string; losses?: readonly Loss[] }
    if (name === 'audit:recovered' && reason !== undefined) this.recovered.set(reason, (this.recovered.get(reason) ?? 0) + 1)
    if (name === 'audit:lost') {
      // System events are counted apart, and losses of only one sink are recorded.
      for (const { name: lost, sink, count } of losses) if (!lost.startsWith('audit:') && !sink) this.reportedLost += count
    }
    if (run === undefined || index === undefined) return
    const event = `${run}:${index}`
    if (this.#events.has(event)) this.#violations.push(`event ${event} is twice in the log`)
    this.#events.set(event, id)
    const writer = `${run} in ${source}`
    if (index <= (this.#lastIndexes.get(writer) ?? -1)) this.#violations.push(`event ${event} came after a later one`)
    this.#lastIndexes.set(writer, index)
  }
}
