import { join } from 'node:path'
import { leafHash } from '@audit/proof'
import { EventLineReader, type EventLine } from './event-line.ts'
import { NotAFileError } from './input-file.ts'
import { checkpointIn, sizeIn } from './journal-input.ts'
import { linesOfSegment } from './line-chunks.ts'
import { logDirectoriesOf } from './log-directories.ts'
import { segmentsOf } from './segments.ts'
import { TileFiles } from './tile-files.ts'
import type { TrailCheck } from './trail-check.ts'

// A copy of selected events may lack the event that names the events continued without authentication. The
// journal that has its hashes has that event, in any of its logs. These lines are used for nothing else.

/** Any such event has these bytes. */
const REASON = Buffer.from('"unauthenticated"')

/**
 * Passes such events in the logs below a path to the check, if the checkpoint of their log covers them and its hashes agree. Skips
 * logs without lines and missing files.
 */
export async function readTakenOver(path: string, trail: TrailCheck): Promise<void> {
  for (const directory of (await logDirectoriesOf(path)).directories) {
    const own = sizeIn(await checkpointIn(directory))
    const size = typeof own === 'number' ? own : 0
    const tiles = new TileFiles(join(directory, 'tiles'))
    // Without hashes, the lines of a selected copy are not proven either.
    const isKept = ({ sequence, entry }: EventLine) =>
      sequence < size && (tiles.count <= sequence || tiles.leaf(sequence)?.equals(leafHash(entry)) === true)
    for (const segment of (await segmentsOf(join(directory, 'log'))).counting) await readSegment(segment.path, trail, isKept)
    tiles.close()
  }
}

async function readSegment(path: string, trail: TrailCheck, isKept: (line: EventLine) => boolean): Promise<void> {
  const reader = new EventLineReader()
  try {
    for await (const { lines, isTorn } of linesOfSegment(path, trail.signal)) {
      for (const line of isTorn ? lines.slice(0, -1) : lines) {
        const read = line.includes(REASON) ? reader.read(line) : undefined
        if (read?.systemAction === 'recovered' && isKept(read)) trail.tookOver(read)
      }
    }
  } catch (error) {
    const isGone = ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')
    if (!isGone && !(error instanceof NotAFileError)) throw error
  }
}
