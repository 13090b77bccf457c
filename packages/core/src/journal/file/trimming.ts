import type { FileReaders } from './file-readers.ts'
import type { OwnedSource } from './owned-source.ts'

/** What the oldest segments of a log wait for. */
export interface Laggard {
  readonly who: string
  readonly place: number
}

/**
 * The reader that is furthest behind, or the seal. Nothing if no sink reads: the events are in no other place. The segment that holds
 * the last event of the newest checkpoint stays, so that the next process can hold the log against it.
 */
export function laggardOf({ log, seal }: OwnedSource, readers: FileReaders): Laggard | undefined {
  const reader = readers.laggardOf(log)
  if (!reader) return undefined
  return seal && seal.mayGoTo < reader.place
    ? { who: 'the seal', place: seal.mayGoTo }
    : { who: `sink '${reader.name}'`, place: reader.place }
}

/** What a log says of its oldest events before they go. */
interface Announcement {
  readonly source: OwnedSource
  /** The oldest event that stays. */
  readonly firstKept: number
  /** The sequence after the `audit:trimmed` that says so. */
  readonly end: number
}

/**
 * Removes the oldest segments of a log in three steps: the log says that they go, a checkpoint covers that, they are removed. Between
 * the second and the third no one can tell events that were trimmed from events that were stolen.
 */
export class Trimming {
  readonly #readers: FileReaders
  #announced: Announcement | undefined

  constructor(readers: FileReaders) {
    this.#readers = readers
  }

  /** Where events of that log begin that stay, if it says that others go and they are still there. */
  announcedFor(source: OwnedSource): number | undefined {
    return this.#announced?.source === source ? this.#announced.firstKept : undefined
  }

  /** The last event of the log at the moment, or one before it, says that everything before `firstKept` goes. */
  announce(source: OwnedSource, firstKept: number): void {
    this.#announced = { source, firstKept, end: source.log.end }
  }

  /** Removes what was announced. False if a checkpoint has to cover that first. Called while nothing is appended. */
  async complete(source: OwnedSource): Promise<boolean> {
    const announced = this.#announced
    if (announced?.source !== source || (source.seal && !source.seal.covers(announced.end))) return false
    this.#announced = undefined
    const { log, places } = source
    // Readers pass over what they do not want without a word; now their places say so, or it would look like a loss at the next start.
    await Promise.all(this.#readers.lanesOf(log).map(({ lane }) => lane.keepPlace()))
    await places.sync()
    while (log.first < announced.firstKept && log.extents.length > 1) await log.removeOldest()
    return true
  }
}
