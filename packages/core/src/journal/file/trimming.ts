import type { FileReaders } from './file-readers.ts'
import type { OwnedSource } from './owned-source.ts'

/** Lets go of everything before `firstKept`, which every reader has passed and which is on record. */
export async function trim({ log, places }: OwnedSource, readers: FileReaders, firstKept: number): Promise<void> {
  // Readers pass over what they do not want without a word; now their places say so, or it would look like a loss at the next start.
  await Promise.all(readers.lanesOf(log).map(({ lane }) => lane.keepPlace()))
  await places.sync()
  while (log.first < firstKept && log.extents.length > 1) await log.removeOldest()
}
