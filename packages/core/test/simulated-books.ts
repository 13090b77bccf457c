import type { EncodedEvent } from '../src/event/event.ts'

/** The journal broke one of its promises. */
export class Violation extends Error {}

export function violated(what: string): never {
  throw new Violation(what)
}

/** The place of an event: its log and sequence. */
export interface Place {
  readonly source: string
  readonly sequence: number
}

interface Entry {
  /** Number of events that were submitted before it; undefined for events of the journal itself. */
  readonly index: number | undefined
  readonly event: EncodedEvent
  state: 'waiting' | 'held' | 'void'
  mayRepeat?: boolean
  place?: Place
}

/**
 * The events that were submitted to journals, and those that must be in the log from now on: every acknowledged one, and every
 * one that a cursor returned once.
 */
export class Books {
  readonly #entries = new Map<string, Entry>()
  readonly #bySource = new Map<string, Map<number, string>>()
  #count = 0

  /** Makes an event that a journal is asked to hold. */
  offered(bytes: number): EncodedEvent {
    const index = this.#count++
    return this.#entered(`e${index}`, 'thing', 'happened', { pad: (bytes % 2 === 0 ? 'x' : 'ü').repeat(bytes) }, index)
  }

  /** Makes an event that a journal records itself. */
  systemEvent(action: string, payload: unknown): EncodedEvent {
    return this.#entered(`f${this.#count++}`, 'audit', action, payload, undefined)
  }

  /** From now on it must be in the log, exactly once. */
  acknowledged(event: EncodedEvent): void {
    const entry = this.#entries.get(event.id)!
    if (entry.state === 'void') violated(`${event.id} is acknowledged after it was void`)
    entry.state = 'held'
  }

  /** Its process lost the log while writing it there, and records it again in another one. */
  mayRepeat(event: EncodedEvent): void {
    this.#entries.get(event.id)!.mayRepeat = true
  }

  /** It was rejected, and a later one took its place. */
  voided(event: EncodedEvent): void {
    const entry = this.#entries.get(event.id)!
    if (entry.state === 'held') violated(`${event.id} was rejected and given to a reader`)
    entry.state = 'void'
  }

  /** A cursor returned this line: it must be exactly one that was submitted, always at the same place. */
  seen(line: string): { readonly id: string; readonly place: Place } {
    const { id, source, sequence } = parsed(line)
    const entry = this.#entries.get(id)
    if (!entry) return violated(`${line} was never submitted`)
    if (line !== lineOf(entry.event, { source, sequence })) violated(`${id} was changed: ${line}`)
    if (entry.state === 'void') violated(`${id} was rejected, and later events were not, but it is in the log`)
    if (!entry.mayRepeat && entry.place && (entry.place.source !== source || entry.place.sequence !== sequence)) {
      violated(`${id} is in the log twice: ${entry.place.source} ${entry.place.sequence} and ${source} ${sequence}`)
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

  /** In each log, events have the order in which they were submitted. */
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

  /** Events that must be in the log. */
  held(): readonly string[] {
    return [...this.#entries.values()].filter(({ state }) => state === 'held').map(({ event }) => event.id)
  }

  /** True if the journal recorded it itself. */
  isSystemEvent(id: string): boolean {
    return this.#entries.get(id)?.index === undefined
  }

  /** Returns the id at a place, if a cursor ever returned one from there. */
  at({ source, sequence }: Place): string | undefined {
    return this.#bySource.get(source)?.get(sequence)
  }

  /** Returns the line at a place, if a cursor ever returned it. */
  lineAt(place: Place): string | undefined {
    const id = this.at(place)
    return id === undefined ? undefined : lineOf(this.#entries.get(id)!.event, place)
  }

  /** Returns the last sequence of a log that a cursor ever returned. */
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
