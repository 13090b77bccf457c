import { EventLineReader } from './event-line.ts'
import { linesOfFile } from './line-chunks.ts'

/** Number of lines of a file that are searched for its first event. */
const MAX_LINES = 1_000
const MAX_BYTES = 8 << 20

/** Files in the order in which they were written, whatever their names sort like: by the time of their first event. */
export async function inOrder(files: readonly string[]): Promise<readonly string[]> {
  // A single file needs no order, and a pipe can be read only once.
  if (files.length < 2) return files
  const times: { readonly path: string; readonly time: number }[] = []
  for (const path of files) times.push({ path, time: await firstTime(path) })
  return times.toSorted((one, other) => one.time - other.time).map(({ path }) => path)
}

async function firstTime(path: string): Promise<number> {
  const reader = new EventLineReader()
  let [count, size] = [0, 0]
  for await (const { lines, bytes } of linesOfFile(path)) {
    for (const line of lines) {
      const read = reader.read(Buffer.from(line))
      if (read) return Number.isNaN(read.time) ? 0 : read.time
    }
    if ((count += lines.length) > MAX_LINES || (size += bytes) > MAX_BYTES) break
  }
  return 0
}
