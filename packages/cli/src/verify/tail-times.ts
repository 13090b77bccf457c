import type { Room, SharedRooms } from './shared-rooms.ts'

/** Number of blocks of lines that are kept separately. */
const MAX_BLOCKS = 32

/** A line is two numbers in a row, its sequence and its time, outside of the heap: a trail may be of twenty thousand logs. */
const LINE_BYTES = 16
const TIME = 8
/** A block is four numbers: its first sequence, the number of its lines, its times. */
const [FROM, LINES, EARLIEST, LATEST, BLOCK] = [0, 1, 2, 3, 4]
const HALF_FULL = (MAX_BLOCKS / 2) * BLOCK

/**
 * The times of the lines after the checkpoints of a log, to decide if they are a tail that the next seal would have covered. The
 * last checkpoint is known only at the end, so lines are kept in blocks, and the tail is measured up to a block too long,
 * not too short.
 */
export class TailTimes {
  readonly #rooms: SharedRooms
  /** Up to that number, each line is a block. */
  #lines: Room | undefined
  #lineCount = 0
  /** Empty as long as each line is a block. */
  #blocks: number[] = noBlocks
  #blockLines = 1

  constructor(rooms: SharedRooms) {
    this.#rooms = rooms
  }

  add(sequence: number, time: number): void {
    if (this.#blocks.length === 0) {
      if (this.#lineCount < MAX_BLOCKS) return this.#addLine(sequence, time)
      this.#joinLines()
    }
    const [earliest, latest] = limitsOf(time)
    if (this.#blocks[this.#blocks.length - BLOCK + LINES]! >= this.#blockLines) {
      while (this.#blocks.length === MAX_BLOCKS * BLOCK) this.#join()
      this.#blocks.push(sequence, 1, earliest, latest)
    } else this.#addTo(this.#blocks, 1, earliest, latest)
  }

  /** A checkpoint covers everything before `size`. */
  coveredTo(size: number): void {
    if (this.#lineCount > 0) this.#forgetLinesBefore(size)
    let first = 0
    for (let at = BLOCK; at < this.#blocks.length && this.#blocks[at + FROM]! <= size; at += BLOCK) first = at
    if (first > 0) this.#blocks = this.#blocks.slice(first)
    const isOne = this.#blocks.length === BLOCK
    if (isOne && this.#blocks[FROM]! + this.#blocks[LINES]! <= size) this.#blocks = noBlocks
    // Few lines are left, so the next ones have room for a block each: a block of a busy time must not grow through a quiet one.
    if (this.#blocks.length <= HALF_FULL) this.#blockLines = 1
  }

  /** Milliseconds between the earliest and the latest of the lines from `size` on. */
  spanFrom(size: number): number {
    let [earliest, latest] = [Infinity, -Infinity]
    for (let index = 0; index < this.#lineCount; index++) {
      if (this.#sequenceAt(index) < size) continue
      const [from, to] = limitsOf(this.#timeAt(index))
      earliest = Math.min(earliest, from)
      latest = Math.max(latest, to)
    }
    for (let at = 0; at < this.#blocks.length; at += BLOCK) {
      if ((this.#blocks[at + BLOCK + FROM] ?? Infinity) <= size) continue
      earliest = Math.min(earliest, this.#blocks[at + EARLIEST]!)
      latest = Math.max(latest, this.#blocks[at + LATEST]!)
    }
    return latest === -Infinity && earliest === Infinity ? 0 : latest - earliest
  }

  #addLine(sequence: number, time: number): void {
    this.#lines ??= this.#rooms.take(MAX_BLOCKS * LINE_BYTES)
    const place = this.#lines.start + this.#lineCount++ * LINE_BYTES
    this.#lines.bytes.writeDoubleLE(sequence, place)
    this.#lines.bytes.writeDoubleLE(time, place + TIME)
  }

  #sequenceAt(index: number): number {
    return this.#lines!.bytes.readDoubleLE(this.#lines!.start + index * LINE_BYTES)
  }

  #timeAt(index: number): number {
    return this.#lines!.bytes.readDoubleLE(this.#lines!.start + index * LINE_BYTES + TIME)
  }

  #forgetLinesBefore(size: number): void {
    let covered = 0
    while (covered < this.#lineCount && this.#sequenceAt(covered) < size) covered++
    const { bytes, start } = this.#lines!
    bytes.copyWithin(start, start + covered * LINE_BYTES, start + this.#lineCount * LINE_BYTES)
    this.#lineCount -= covered
  }

  #joinLines(): void {
    this.#blocks = []
    for (let index = 0; index < this.#lineCount; index++)
      this.#blocks.push(this.#sequenceAt(index), 1, ...limitsOf(this.#timeAt(index)))
    this.#rooms.free(this.#lines!)
    this.#lines = undefined
    this.#lineCount = 0
    this.#join()
  }

  #join(): void {
    this.#blockLines *= 2
    const joined: number[] = []
    for (let at = 0; at < this.#blocks.length; at += BLOCK) {
      const [from, lines, earliest, latest] = this.#blocks.slice(at, at + BLOCK) as [number, number, number, number]
      if (joined.length === 0 || joined[joined.length - BLOCK + LINES]! + lines > this.#blockLines)
        joined.push(from, lines, earliest, latest)
      else this.#addTo(joined, lines, earliest, latest)
    }
    this.#blocks = joined
  }

  #addTo(blocks: number[], lines: number, earliest: number, latest: number): void {
    const last = blocks.length - BLOCK
    blocks[last + LINES] = blocks[last + LINES]! + lines
    blocks[last + EARLIEST] = Math.min(blocks[last + EARLIEST]!, earliest)
    blocks[last + LATEST] = Math.max(blocks[last + LATEST]!, latest)
  }
}

/** Shared, and never written to. */
const noBlocks: number[] = []

/** A tail in which a line has no time is not limited. */
function limitsOf(time: number): readonly [earliest: number, latest: number] {
  return Number.isNaN(time) ? [-Infinity, Infinity] : [time, time]
}
