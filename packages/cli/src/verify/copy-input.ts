import { EventLineReader } from './event-line.ts'
import { linesOfFile } from './line-chunks.ts'

/** Number of lines of a file that are searched for events that say which file was written first. */
const MAX_LINES = 1_000
const MAX_BYTES = 8 << 20

/** The first lines of a file, as far as they decide which file was written first. */
interface Beginning {
  readonly path: string
  /** When its first event was recorded; 0 without one. */
  readonly time: number
  /** The first sequence of each log. */
  readonly first: ReadonlyMap<string, number>
}

/**
 * Sorts files by the order in which they were written, not by name. If two files have events of the same log, their sequences
 * decide, because clocks may be set back and differ. Among the others, the time of their first events decides.
 */
export async function inOrder(files: readonly string[]): Promise<readonly string[]> {
  // A single file needs no order, and a pipe can be read only once.
  if (files.length < 2) return files
  const beginnings: Beginning[] = []
  for (const path of files) beginnings.push(await beginningOf(path))
  const inTime = beginnings.toSorted((one, other) => one.time - other.time)
  return behindEarlier(inTime, earlierFiles(inTime)).map(({ path }) => path)
}

/** For each file, those that come before it because of a log that both have. */
function earlierFiles(files: readonly Beginning[]): ReadonlyMap<Beginning, readonly Beginning[]> {
  const earlier = new Map<Beginning, Beginning[]>()
  const byLog = new Map<string, { readonly file: Beginning; readonly sequence: number }[]>()
  for (const file of files)
    for (const [source, sequence] of file.first) {
      const having = byLog.get(source) ?? []
      having.push({ file, sequence })
      byLog.set(source, having)
    }
  for (const having of byLog.values()) {
    const inSequence = having.toSorted((one, other) => one.sequence - other.sequence)
    for (const [index, { file }] of inSequence.slice(1).entries()) {
      const before = earlier.get(file) ?? []
      before.push(inSequence[index]!.file)
      earlier.set(file, before)
    }
  }
  return earlier
}

/** Sorts the files so that each follows those that come before it. Files of a forged trail may each have to follow the other. */
function behindEarlier(files: readonly Beginning[], earlier: ReadonlyMap<Beginning, readonly Beginning[]>): readonly Beginning[] {
  const ordered = new Set<Beginning>()
  const waiting = new Set<Beginning>()
  const stack = files.toReversed()
  for (let file = stack.at(-1); file; file = stack.at(-1)) {
    const before = waiting.has(file) ? [] : (earlier.get(file) ?? []).filter((each) => !ordered.has(each) && !waiting.has(each))
    if (before.length === 0) {
      stack.pop()
      ordered.add(file)
    } else {
      waiting.add(file)
      stack.push(...before.toReversed())
    }
  }
  return [...ordered]
}

async function beginningOf(path: string): Promise<Beginning> {
  const reader = new EventLineReader()
  const first = new Map<string, number>()
  let time = 0
  let [count, size] = [0, 0]
  for await (const { lines, bytes } of linesOfFile(path)) {
    for (const line of lines) {
      const read = reader.read(Buffer.from(line))
      if (!read) continue
      if (first.size === 0 && !Number.isNaN(read.time)) time = read.time
      if (!first.has(read.source)) first.set(read.source, read.sequence)
    }
    if ((count += lines.length) > MAX_LINES || (size += bytes) > MAX_BYTES) break
  }
  return { path, time, first }
}
