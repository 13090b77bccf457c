/** A piece of memory. */
export interface Room {
  readonly bytes: Buffer
  /** Offset of its first byte. */
  readonly start: number
  readonly length: number
}

/** A larger room has memory of its own. */
const MAX_SHARED = 1 << 11
const PAGE_BYTES = 1 << 16

/**
 * Shares memory between the kept parts of many short logs. Twenty thousand arrays would need twice the memory, and the collector
 * would copy them twice while they are young.
 */
export class SharedRooms {
  readonly #free = new Map<number, Room[]>()
  #page = Buffer.alloc(0)
  #used = 0

  /** Its bytes may have any value. */
  take(length: number): Room {
    if (length > MAX_SHARED) return { bytes: Buffer.alloc(length), start: 0, length }
    const free = this.#free.get(length)?.pop()
    if (free) return free
    if (this.#used + length > this.#page.length) {
      this.#page = Buffer.alloc(PAGE_BYTES)
      this.#used = 0
    }
    const room = { bytes: this.#page, start: this.#used, length }
    this.#used += length
    return room
  }

  /** From now on the room may be given to another log. */
  free(room: Room): void {
    if (room.length > MAX_SHARED) return
    const free = this.#free.get(room.length)
    if (free) free.push(room)
    else this.#free.set(room.length, [room])
  }
}
