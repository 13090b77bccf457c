import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** A file of a log, and the range of sequences for which it counts. */
export interface Segment {
  readonly path: string
  readonly first: number
  /** The sequence after the last one in that range. */
  readonly end: number
}

const NAME = /^(\d{20})\.(\d{1,9})-(\d{1,9})\.ndjson$/

/** The files of a log, and entries that are not files of a log. */
export interface SegmentListing {
  /** The files that count, in order. */
  readonly counting: readonly Segment[]
  /** Files that a later generation replaces from their first line on. */
  readonly voided: readonly string[]
}

interface NamedSegment {
  readonly path: string
  readonly first: number
  readonly term: number
  readonly attempt: number
}

/**
 * The files of a log by the rule of its format: a file of a later generation (term, then attempt) that begins at F voids every line from F
 * on in those of earlier ones. An empty list if there is no such directory.
 */
export async function segmentsOf(directory: string): Promise<SegmentListing> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return []
  })
  const named = names.flatMap((name): readonly NamedSegment[] => {
    const [, first, term, attempt] = NAME.exec(name) ?? []
    if (first === undefined || !Number.isSafeInteger(Number(first))) return []
    return [{ path: join(directory, name), first: Number(first), term: Number(term), attempt: Number(attempt) }]
  })
  const counting: { path: string; first: number; end: number }[] = []
  const voided: string[] = []
  for (const { path, first } of named.toSorted(byGeneration)) {
    // Sorted by their first lines, so that a directory of a hundred thousand files takes only the time of a sort.
    while (counting.length > 0 && counting.at(-1)!.first >= first) voided.push(counting.pop()!.path)
    const before = counting.at(-1)
    if (before) before.end = first
    counting.push({ path, first, end: Infinity })
  }
  return { counting, voided }
}

function byGeneration(one: NamedSegment, other: NamedSegment): number {
  return one.term - other.term || one.attempt - other.attempt || one.first - other.first
}

/** The size of these files; a file that is gone by now counts as empty. */
export async function bytesOf(paths: readonly string[]): Promise<number> {
  let bytes = 0
  for (const path of paths) bytes += (await lstat(path).catch(() => undefined))?.size ?? 0
  return bytes
}
