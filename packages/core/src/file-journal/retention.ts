import type { Extent } from '../log-format/extents.ts'

/** Segments that can be removed, from the oldest on. */
export interface TrimPlan {
  readonly count: number
  readonly bytes: number
  /** The oldest sequence that stays. */
  readonly firstKept: number
}

/**
 * Finds the oldest adjacent segments that every cursor has passed and that `mayGo` allows to remove. The last segment is being
 * written, so it stays.
 */
export function planTrim(
  extents: readonly Extent[],
  offset: number,
  mayGo: (extent: Extent, freedBytes: number) => boolean,
  sizeOf: (extent: Extent) => number,
): TrimPlan | undefined {
  let count = 0
  let bytes = 0
  while (count < extents.length - 1) {
    const extent = extents[count]!
    if (extent.end > offset || !mayGo(extent, bytes)) break
    bytes += sizeOf(extent)
    count++
  }
  return count === 0 ? undefined : { count, bytes, firstKept: extents[count]!.first }
}

/** The offset to which a cursor at `offset` must skip so that its backlog has at most `maxBytes`. Undefined if it need not skip. */
export function lagTarget(
  extents: readonly Extent[],
  offset: number,
  maxBytes: number,
  sizeOf: (extent: Extent) => number,
): number | undefined {
  const waiting = extents.filter((extent) => extent.end > offset)
  let bytes = waiting.reduce((sum, extent) => sum + sizeOf(extent), 0)
  let target: number | undefined
  for (let index = 0; index < waiting.length - 1 && bytes > maxBytes; index++) {
    bytes -= sizeOf(waiting[index]!)
    target = waiting[index + 1]!.first
  }
  return target
}
