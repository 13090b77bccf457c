import type { EncodedEvent } from '../src/event/event.ts'

/** The journal did what it must not. */
export class Violation extends Error {}

export function violated(what: string): never {
  throw new Violation(what)
}

/** Where an event stands in which log. */
export interface Place {
  readonly source: string
  readonly sequence: number
}

interface Entry {
  /** How many were given to journals before it; none for what the journal says itself. */
  readonly index: number | undefined
  readonly event: EncodedEvent
  state: 'waiting' | 'held' | 'void'
  mayRepeat?: boolean
  place?: Place
}

/**
 * What was given to journals, and what of it must be in the log from now on: all that was acknowledged, and whatever a reader was
 * given once.
 */
export class Books {
  readonly #entries = new Map<string, Entry>()
  readonly #bySource = new Map<string, Map<number, string>>()
  #count = 0

  /** An event that a journal is asked to hold. */
  offered(bytes: number): EncodedEvent {
    const index = this.#count++
    return this.#entered(`e${index}`, 'thing', 'happened', { pad: (bytes % 2 === 0 ? 'x' : 'ü').repeat(bytes) }, index)
  }

  /** Something a journal wants to say itself. */
  fact(action: string, payload: unknown): EncodedEvent {
    return this.#entered(`f${this.#count++}`, 'audit', action, payload, undefined)
  }

  /** It must be there from now on, exactly once. */
  acknowledged(event: EncodedEvent): void {
    const entry = this.#entries.get(event.id)!
    if (entry.state === 'void') violated(`${event.id} is acknowledged after it was void`)
    entry.state = 'held'
  }

  /** Whoever said it lost the log while it was written there, and says it again in another. */
  mayRepeat(event: EncodedEvent): void {
    this.#entries.get(event.id)!.mayRepeat = true
  }

  /** It was rejected, and a later one took its place. */
  voided(event: EncodedEvent): void {
    const entry = this.#entries.get(event.id)!
    if (entry.state === 'held') violated(`${event.id} was rejected and given to a reader`)
    entry.state = 'void'
  }

  /** A reader was given this line: it must be exactly one that was offered, in the place it always was. */
  seen(line: string): { readonly id: string; readonly place: Place } {
    const { id, source, sequence } = parsed(line)
    const entry = this.#entries.get(id)
    if (!entry) return violated(`nobody offered ${line}`)
    if (line !== lineOf(entry.event, { source, sequence })) violated(`${id} was changed: ${line}`)
    if (entry.state === 'void') violated(`${id} was rejected, and what came after it was not, but it is there`)
    if (!entry.mayRepeat && entry.place && (entry.place.source !== source || entry.place.sequence !== sequence)) {
      violated(`${id} is there twice: ${entry.place.source} ${entry.place.sequence} and ${source} ${sequence}`)
    }
    const places = this.#bySource.get(source) ?? new Map<number, string>()
    this.#bySource.set(source, places)
    const there = places.get(sequence)
    if (there !== undefined && there !== id) violated(`${source} ${sequence} was ${there} and is ${id}`)
    places.set(sequence, id)
    entry.place = { source, sequence }
    entry.state = 'held'
    return { id, place: entry.place }
  }

  /** Events as they were offered stand in each log in that order. */
  checkOrder(seen: readonly { readonly id: string; readonly place: Place }[]): void {
    const last = new Map<string, { readonly sequence: number; readonly index: number }>()
    for (const { id, place } of seen) {
      const { index } = this.#entries.get(id)!
      const before = last.get(place.source) ?? { sequence: -1, index: -1 }
      if (place.sequence <= before.sequence) violated(`${id} comes after a later one of its log`)
      if (index !== undefined && index < before.index) violated(`${id} stands behind e${before.index}, which was offered later`)
      last.set(place.source, { sequence: place.sequence, index: index ?? before.index })
    }
  }

  /** What must be there. */
  held(): readonly string[] {
    return [...this.#entries.values()].filter(({ state }) => state === 'held').map(({ event }) => event.id)
  }

  /** Whether the journal said it itself. */
  isFact(id: string): boolean {
    return this.#entries.get(id)?.index === undefined
  }

  /** The id at a place, if anybody ever saw one there. */
  at({ source, sequence }: Place): string | undefined {
    return this.#bySource.get(source)?.get(sequence)
  }

  /** What stands at a place, if anybody was ever given it. */
  lineAt(place: Place): string | undefined {
    const id = this.at(place)
    return id === undefined ? undefined : lineOf(this.#entries.get(id)!.event, place)
  }

  /** The last sequence of a log that anybody ever saw. */
  lastOf(source: string): number {
    return Math.max(-1, ...(this.#bySource.get(source)?.keys() ?? []))
  }

  #entered(id: string, type: string, action: string, payload: unknown, index: number | undefined): EncodedEvent {
    const head = JSON.stringify({ id, type, action, status: 'success', payload }).slice(0, -1)
    const event: EncodedEvent = { id, type, action, status: 'success', head, byteLength: Buffer.byteLength(head) }
    this.#entries.set(id, { index, event, state: 'waiting' })
    return event
  }
}

function lineOf({ head }: EncodedEvent, { source, sequence }: Place): string {
  return `${head},"source":${JSON.stringify(source)},"sequence":${sequence}}`
}

function parsed(line: string): { readonly id: string } & Place {
  try {
    return JSON.parse(line) as { readonly id: string } & Place
  } catch {
    return violated(`no JSON: ${line}`)
  }
}
