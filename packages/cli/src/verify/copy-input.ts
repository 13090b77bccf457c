import { EventLineReader } from './event-line.ts'
import { linesOfFile } from './line-chunks.ts'

/** Files in the order in which they were written, whatever their names sort like: by the time of their first event. */
export async function inOrder(files: readonly string[]): Promise<readonly string[]> {
  const times = await Promise.all(files.map(async (path) => ({ path, time: await firstTime(path) })))
  return times.toSorted((one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : 0)).map(({ path }) => path)
}

async function firstTime(path: string): Promise<string> {
  const reader = new EventLineReader()
  for await (const { lines } of linesOfFile(path)) {
    for (const line of lines) {
      const read = reader.read(Buffer.from(line))
      if (read) return timestampOf(read.entry)
    }
  }
  return ''
}

function timestampOf(entry: Buffer): string {
  try {
    return String((JSON.parse(entry.toString('utf8')) as { readonly timestamp?: unknown }).timestamp)
  } catch {
    return ''
  }
}
