import { EventLineReader } from './event-line.ts'
import { linesOfFile } from './line-chunks.ts'

/** Number of lines of a file that are searched for its first event. */
const MAX_LINES = 1_000
const MAX_BYTES = 8 << 20

/** The part of a file's first event that decides which file was written first. */
interface Beginning {
  readonly path: string
  readonly time: number
  readonly source?: string
  readonly sequence?: number
}

/**
 * Sorts files by the order in which they were written, not by name: by the time of their first events, and by
 * their sequence where both are of one log, because a clock may be set back.
 */
export async function inOrder(files: readonly string[]): Promise<readonly string[]> {
  // A single file needs no order, and a pipe can be read only once.
  if (files.length < 2) return files
  const beginnings: Beginning[] = []
  for (const path of files) beginnings.push(await beginningOf(path))
  return beginnings.toSorted(byAge).map(({ path }) => path)
}

function byAge(one: Beginning, other: Beginning): number {
  const isOneLog = one.source !== undefined && one.source === other.source
  return isOneLog ? one.sequence! - other.sequence! : one.time - other.time
}

async function beginningOf(path: string): Promise<Beginning> {
  const reader = new EventLineReader()
  let [count, size] = [0, 0]
  for await (const { lines, bytes } of linesOfFile(path)) {
    for (const line of lines) {
      const read = reader.read(Buffer.from(line))
      if (!read) continue
      const { source, sequence, time } = read
      return { path, source, sequence, time: Number.isNaN(time) ? 0 : time }
    }
    if ((count += lines.length) > MAX_LINES || (size += bytes) > MAX_BYTES) break
  }
  return { path, time: 0 }
}
