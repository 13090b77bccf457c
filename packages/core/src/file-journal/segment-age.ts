import { LogReader } from '../log-format/log-reader.ts'
import type { Extent } from '../log-format/extents.ts'
import type { ClaimedLog } from './claimed-log.ts'
import { jsonOf } from '../log-format/small-file.ts'

/** Bytes per read: few, because the process has other work. */
const READ_BYTES = 64 << 10

/**
 * Returns the age of a segment's events by their own timestamps, because any user can change the time of a file. Each segment is
 * read once, and compared with its checkpoint.
 */
export class SegmentAges {
  readonly #newest = new Map<string, number>()

  /** Time of its newest event, in milliseconds since 1970. Infinity if not all events can be trusted. */
  async newestIn(source: ClaimedLog, extent: Extent): Promise<number> {
    const { name } = extent.segment
    const newest = this.#newest.get(name) ?? (await this.#read(source, extent))
    this.#newest.set(name, newest)
    return newest
  }

  /** Forgets all other segments. */
  keepOnly(extents: readonly Extent[]): void {
    const names = new Set(extents.map(({ segment }) => segment.name))
    for (const name of this.#newest.keys()) if (!names.has(name)) this.#newest.delete(name)
  }

  async #read({ log, seal }: ClaimedLog, { first, end }: Extent): Promise<number> {
    const reader = new LogReader(log)
    let newest = -Infinity
    try {
      for (let next = first; next < end;) {
        const { records } = await reader.read(next, READ_BYTES)
        if (((await seal?.changed(records)) ?? []).length > 0) return Infinity
        for (const { sequence, line } of records) {
          if (sequence >= end) break
          if (sequence !== next++) return Infinity
          newest = Math.max(newest, timeOf(line))
        }
        if (records.length === 0) return Infinity
      }
    } finally {
      await reader.release()
    }
    return newest
  }
}

function timeOf(line: string): number {
  const { timestamp } = (jsonOf(line) ?? {}) as { readonly timestamp?: unknown }
  const time = typeof timestamp === 'string' ? Date.parse(timestamp) : NaN
  return Number.isNaN(time) ? Infinity : time
}
