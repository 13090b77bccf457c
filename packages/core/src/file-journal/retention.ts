import type { OpenCursors } from './readers/open-cursors.ts'
import type { ClaimedLog } from './claimed-log.ts'
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

/** The cursor or the seal that the oldest segments of a log wait for. */
export interface SlowestCursor {
  readonly who: string
  readonly offset: number
}

/**
 * The cursor that is furthest behind, or the seal. Undefined if no sink reads: no other copy of the events exists. The segment
 * that has the last event of the newest checkpoint stays, so that the next process can compare the log with it.
 */
export function slowestCursorOf({ log, seal }: ClaimedLog, cursors: OpenCursors): SlowestCursor | undefined {
  const reader = cursors.slowestCursorOf(log)
  if (!reader) return undefined
  return seal && seal.mayGoTo < reader.offset
    ? { who: 'the seal', offset: seal.mayGoTo }
    : { who: `sink '${reader.name}'`, offset: reader.offset }
}

/** The announcement of a log that its oldest events will be removed. */
interface Announcement {
  readonly source: ClaimedLog
  /** The oldest event that stays. */
  readonly firstKept: number
  /** The sequence after the `audit:trimmed` event. */
  readonly end: number
}

/**
 * Removes the oldest segments of a log in three steps: the log announces it, a checkpoint covers that, the segments are removed.
 * Between the second step and the third, trimmed events and stolen events look the same.
 */
export class TrimAnnouncements {
  readonly #cursors: OpenCursors
  #announced: Announcement | undefined

  constructor(cursors: OpenCursors) {
    this.#cursors = cursors
  }

  /** The first event that stays, if the log has announced a removal and that event still exists. */
  announcedFor(source: ClaimedLog): number | undefined {
    return this.#announced?.source === source ? this.#announced.firstKept : undefined
  }

  /** The latest event of the log, or an earlier one, announces that everything before `firstKept` will be removed. */
  announce(source: ClaimedLog, firstKept: number): void {
    this.#announced = { source, firstKept, end: source.log.end }
  }

  /**
   * Removes the announced segments. False if a checkpoint has to cover the announcement first. Called while nothing is appended.
   */
  async complete(source: ClaimedLog): Promise<boolean> {
    const announced = this.#announced
    if (announced?.source !== source || (source.seal && !source.seal.covers(announced.end))) return false
    this.#announced = undefined
    const { log, offsets } = source
    // Cursors skip unwanted events without a report. Their offsets move past these first, or the next start would report a loss.
    await Promise.all(this.#cursors.logCursorsOf(log).map(({ logCursor }) => logCursor.keepOffset()))
    await offsets.sync()
    while (log.first < announced.firstKept && log.extents.length > 1) await log.removeOldest()
    return true
  }
}
