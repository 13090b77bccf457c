import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** A file of a log, and the stretch of it for which the file counts. */
export interface Segment {
  readonly path: string
  readonly first: number
  /** The sequence after the last one for which it counts. */
  readonly end: number
}

const NAME = /^(\d{20})\.(\d{1,9})-(\d{1,9})\.ndjson$/

/**
 * The files of a log that count, in order, by the rule of its format: one of a later generation (term, then attempt) that begins at F
 * voids every line from F on in those of earlier ones.
 */
export async function segmentsOf(directory: string): Promise<readonly Segment[]> {
  const named = (await readdir(directory)).flatMap((name) => {
    const [, first, term, attempt] = NAME.exec(name) ?? []
    return first === undefined
      ? []
      : [{ path: join(directory, name), first: Number(first), generation: [Number(term), Number(attempt)] as const }]
  })
  const inOrder = named.toSorted(
    ({ generation: [term, attempt], first }, other) =>
      term - other.generation[0] || attempt - other.generation[1] || first - other.first,
  )
  let counting: readonly Segment[] = []
  for (const { path, first } of inOrder) {
    const earlier = counting.filter((segment) => segment.first < first)
    const cut = earlier.map((segment) => ({ path: segment.path, first: segment.first, end: Math.min(segment.end, first) }))
    counting = [...cut, { path, first, end: Infinity }]
  }
  return counting
}
