import { randomBytes } from 'node:crypto'
import type { EventLine } from './event-line.ts'
import type { Finding } from './report.ts'

const FIRST_ROOM = 1 << 16
/** A released event may name any log. */
const MAX_SOURCES = 1 << 16
/** A fuller table takes too long to search. */
const MAX_LOAD = 0.7

/**
 * Finds events that occur a second time at another position, except the release of a held one. Parses each line and keeps 64 bits of each id: some 12 bytes an
 * event, so ten million take 120 MB. Two ids that have these 64 bits in common by chance are one in 10^5 trails of that size.
 */
export class UniqueIds {
  #ids = new BigUint64Array(FIRST_ROOM)
  #places = new Float64Array(FIRST_ROOM)
  #count = 0
  /** Random, because otherwise chosen ids could all have the same slot, and take quadratic time. */
  readonly #multiplier = randomBytes(8).readBigUInt64LE() | 1n
  readonly #sources = new Map<string, number>()
  /** The place of each event that was released, by its id: each is released once. */
  readonly #releases = new Map<bigint, number>()

  see({ entry, source, sequence }: EventLine, found: (finding: Finding) => void): void {
    const { key, released } = readEvent(entry)
    if (key === undefined) return
    if (this.#count > this.#ids.length * MAX_LOAD) this.#grow()
    const own = this.#placeOf(source, sequence)
    // A released event has the id of the held one, and says where that was. A sink may have both.
    const place = released && this.#sources.size < MAX_SOURCES ? this.#placeOf(released.source, released.sequence) : own
    if (place !== own) {
      const before = this.#releases.get(key)
      if (before === undefined) this.#releases.set(key, own)
      else if (before !== own) found(replayed(sequence))
    }
    const at = this.#slotOf(key)
    if (this.#ids[at] !== key) {
      this.#ids[at] = key
      this.#places[at] = place
      this.#count++
    } else if (this.#places[at] !== place) {
      found(replayed(sequence))
    }
  }

  #placeOf(source: string, sequence: number): number {
    let number = this.#sources.get(source)
    if (number === undefined) this.#sources.set(source, (number = this.#sources.size))
    return number * 2 ** 40 + sequence
  }

  #slotOf(key: bigint): number {
    const mask = this.#ids.length - 1
    let at = Number(BigInt.asUintN(64, key * this.#multiplier) >> 33n) & mask
    while (this.#ids[at] !== 0n && this.#ids[at] !== key) at = (at + 1) & mask
    return at
  }

  #grow(): void {
    const [ids, places] = [this.#ids, this.#places]
    this.#ids = new BigUint64Array(ids.length * 2)
    this.#places = new Float64Array(ids.length * 2)
    for (const [index, key] of ids.entries()) {
      if (key === 0n) continue
      const at = this.#slotOf(key)
      this.#ids[at] = key
      this.#places[at] = places[index]!
    }
  }
}

interface Place {
  readonly source: string
  readonly sequence: number
}

function readEvent(entry: Buffer): { readonly key: bigint | undefined; readonly released: Place | undefined } {
  try {
    const { id, metadata } = JSON.parse(entry.toString('utf8')) as { readonly id?: unknown; readonly metadata?: unknown }
    return { key: keyOf(id), released: placeIn((metadata as { readonly released?: unknown } | undefined)?.released) }
  } catch {
    return { key: undefined, released: undefined }
  }
}

/** 20 bits of the time of a UUIDv7, and its random bits except the last ones. */
function keyOf(id: unknown): bigint | undefined {
  const digits = typeof id === 'string' ? id.replaceAll('-', '') : ''
  return /^[0-9a-f]{32}$/.test(digits)
    ? BigInt(`0x${digits.slice(7, 12)}${digits.slice(13, 16)}${digits.slice(17, 25)}`) | 1n
    : undefined
}

/** The place where a released event was held. */
function placeIn(released: unknown): Place | undefined {
  const { source, sequence } = (released ?? {}) as { readonly source?: unknown; readonly sequence?: unknown }
  return typeof source === 'string' && Number.isSafeInteger(sequence) ? { source, sequence: sequence as number } : undefined
}

function replayed(sequence: number): Finding {
  return { cause: 'replayed', sequence, message: `Event ${sequence} has the same id as another event.` }
}
