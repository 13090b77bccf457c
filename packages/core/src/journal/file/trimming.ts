import type { FileReaders } from './file-readers.ts'
import type { OwnedSource } from './owned-source.ts'

/** Whom the oldest segments of a log wait for. */
export interface Laggard {
  readonly who: string
  readonly place: number
}

/** The reader that is furthest behind, or the seal. Nobody if no sink reads: who has not had the events must find them. */
export function laggardOf({ log, seal }: OwnedSource, readers: FileReaders): Laggard | undefined {
  const reader = readers.laggardOf(log)
  if (!reader) return undefined
  return seal && seal.place < reader.place
    ? { who: 'the seal', place: seal.place }
    : { who: `sink '${reader.name}'`, place: reader.place }
}

/** Lets go of everything before `firstKept`, which every reader has passed and which is on record. */
export async function trim({ log, places }: OwnedSource, readers: FileReaders, firstKept: number): Promise<void> {
  // Readers pass over what they do not want without a word; now their places say so, or it would look like a loss at the next start.
  await Promise.all(readers.lanesOf(log).map(({ lane }) => lane.keepPlace()))
  await places.sync()
  while (log.first < firstKept && log.extents.length > 1) await log.removeOldest()
}
