import { join } from 'node:path'
import { EventLineReader } from './event-line.ts'
import { NotAFileError } from './input-file.ts'
import { linesOfSegment } from './line-chunks.ts'
import { logDirectoriesOf } from './log-directories.ts'
import { segmentsOf } from './segments.ts'
import type { TrailCheck } from './trail-check.ts'

// A copy of selected events may lack the event that names the events continued without authentication. The
// journal that has its hashes has that event, in any of its logs. These lines are used for nothing else.

/** Any such event has these bytes. */
const REASON = Buffer.from('"unauthenticated"')

/** Passes such events in the logs below a path to the check. Skips logs without lines and missing files. */
export async function readTakenOver(path: string, trail: TrailCheck): Promise<void> {
  for (const directory of (await logDirectoriesOf(path)).directories)
    for (const segment of (await segmentsOf(join(directory, 'log'))).counting) await readSegment(segment.path, trail)
}

async function readSegment(path: string, trail: TrailCheck): Promise<void> {
  const reader = new EventLineReader()
  try {
    for await (const { lines, isTorn } of linesOfSegment(path, trail.signal)) {
      for (const line of isTorn ? lines.slice(0, -1) : lines) {
        const read = line.includes(REASON) ? reader.read(line) : undefined
        if (read?.systemAction === 'recovered') trail.tookOver(read)
      }
    }
  } catch (error) {
    const isGone = ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')
    if (!isGone && !(error instanceof NotAFileError)) throw error
  }
}
