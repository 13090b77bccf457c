import type { Extent } from './extents.ts'

/** Segments that may go, from the oldest on. */
export interface TrimPlan {
  readonly count: number
  readonly bytes: number
  /** The oldest sequence that stays. */
  readonly firstKept: number
}

/**
 * The oldest segments that every reader has passed and that `mayGo` lets go, as far as they are in a row. The last one is written
 * to, so it stays.
 */
export function planTrim(
  extents: readonly Extent[],
  place: number,
  mayGo: (extent: Extent, freedBytes: number) => boolean,
  sizeOf: (extent: Extent) => number,
): TrimPlan | undefined {
  let count = 0
  let bytes = 0
  while (count < extents.length - 1) {
    const extent = extents[count]!
    if (extent.end > place || !mayGo(extent, bytes)) break
    bytes += sizeOf(extent)
    count++
  }
  return count === 0 ? undefined : { count, bytes, firstKept: extents[count]!.first }
}

/** Where a reader at `place` must go on so that at most `maxBytes` of the log wait for it, in whole segments; nothing if they do. */
export function lagTarget(
  extents: readonly Extent[],
  place: number,
  maxBytes: number,
  sizeOf: (extent: Extent) => number,
): number | undefined {
  const waiting = extents.filter((extent) => extent.end > place)
  let bytes = waiting.reduce((sum, extent) => sum + sizeOf(extent), 0)
  let target: number | undefined
  for (let index = 0; index < waiting.length - 1 && bytes > maxBytes; index++) {
    bytes -= sizeOf(waiting[index]!)
    target = waiting[index + 1]!.first
  }
  return target
}
