import { compareGenerations, type Segment } from './segment-name.ts'

/** The range of sequences for which a segment's lines count. */
export interface Extent {
  readonly segment: Segment
  readonly first: number
  /** The sequence after its last one; `Infinity` for the last extent, whose end the log knows. */
  readonly end: number
}

/**
 * Decides which segment counts for which sequence, in order: a segment of a later generation that begins at F voids everything
 * from F on in earlier ones. Segments that count for nothing are `superseded`.
 */
export function effectiveExtents(segments: readonly Segment[]): {
  readonly extents: readonly Extent[]
  readonly superseded: readonly Segment[]
} {
  const extents: Extent[] = []
  const inOrder = segments.toSorted(
    (one, other) => compareGenerations(one.generation, other.generation) || one.first - other.first,
  )
  // From the end of the list: there may be a hundred thousand segments, and each is added and removed once.
  for (const segment of inOrder) {
    while (extents.length > 0 && extents.at(-1)!.first >= segment.first) extents.pop()
    const before = extents.pop()
    if (before) extents.push({ ...before, end: segment.first })
    extents.push({ segment, first: segment.first, end: Infinity })
  }
  const counting = new Set(extents.map((extent) => extent.segment))
  return { extents, superseded: segments.filter((segment) => !counting.has(segment)) }
}

/** The extents after a segment of the latest generation begins. */
export function withSegment(extents: readonly Extent[], segment: Segment): readonly Extent[] {
  const before = extents
    .filter((extent) => extent.first < segment.first)
    .map(({ segment: earlier, first, end }) => ({ segment: earlier, first, end: Math.min(end, segment.first) }))
  return [...before, { segment, first: segment.first, end: Infinity }]
}

/** The extent that contains `sequence`, or the first one after it. */
export function extentAt(extents: readonly Extent[], sequence: number): Extent | undefined {
  return extents[countWhile(extents, ({ end }) => end <= sequence)]
}

/** The last extent that begins before `sequence`. */
export function extentBefore(extents: readonly Extent[], sequence: number): Extent | undefined {
  return extents[countWhile(extents, ({ first }) => first < sequence) - 1]
}

/** The number of extents, from the first on, that pass the test. */
function countWhile(extents: readonly Extent[], isSo: (extent: Extent) => boolean): number {
  let low = 0
  let high = extents.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isSo(extents[middle]!)) low = middle + 1
    else high = middle
  }
  return low
}
