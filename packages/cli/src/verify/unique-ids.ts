import { randomBytes } from 'node:crypto'
import type { EventLine } from './event-line.ts'
import type { Finding } from './report.ts'

const FIRST_ROOM = 1 << 16
/** A fuller table takes too long to search. */
const MAX_LOAD = 0.7

/**
 * Finds events that occur a second time at another position. Parses each line and keeps 64 bits of each id: some 12 bytes an
 * event, so ten million take 120 MB. Two ids that have these 64 bits in common by chance are one in 10^5 trails of that size.
 */
export class UniqueIds {
  #ids = new BigUint64Array(FIRST_ROOM)
  #places = new Float64Array(FIRST_ROOM)
  #count = 0
  /** Random, because otherwise chosen ids could all have the same slot, and take quadratic time. */
  readonly #multiplier = randomBytes(8).readBigUInt64LE() | 1n
  readonly #sources = new Map<string, number>()

  see({ entry, source, sequence }: EventLine, found: (finding: Finding) => void): void {
    const key = keyOf(entry)
    if (key === undefined) return
    if (this.#count > this.#ids.length * MAX_LOAD) this.#grow()
    const place = this.#placeOf(source, sequence)
    const at = this.#slotOf(key)
    if (this.#ids[at] !== key) {
      this.#ids[at] = key
      this.#places[at] = place
      this.#count++
    } else if (this.#places[at] !== place) {
      found({ cause: 'replayed', sequence, message: `Event ${sequence} has the same id as another event.` })
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

/** 20 bits of the time of a UUIDv7, and its random bits except the last ones. */
function keyOf(entry: Buffer): bigint | undefined {
  try {
    const { id } = JSON.parse(entry.toString('utf8')) as { readonly id?: unknown }
    const digits = typeof id === 'string' ? id.replaceAll('-', '') : ''
    return /^[0-9a-f]{32}$/.test(digits)
      ? BigInt(`0x${digits.slice(7, 12)}${digits.slice(13, 16)}${digits.slice(17, 25)}`) | 1n
      : undefined
  } catch {
    return undefined
  }
}
