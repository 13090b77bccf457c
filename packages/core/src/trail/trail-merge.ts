import type { AuditEvent } from '../event/event.ts'
import type { TrailStream } from './trail-stream.ts'

export type TrailOrder = 'oldest' | 'newest'

/**
 * The events of several logs in one order: by their timestamps, and each log in its own order, whatever the clock did. Of the
 * streams that have one in view; it ends when all of those are at their end.
 */
export async function* mergeStreams(
  streams: readonly TrailStream[],
  order: TrailOrder,
  signal?: AbortSignal,
): AsyncGenerator<AuditEvent, void, undefined> {
  let waiting = streams.filter(({ head }) => head)
  while (waiting.length > 0) {
    if (signal?.aborted) return
    const first = waiting.reduce((best, stream) => (isBefore(stream, best, order) ? stream : best))
    yield first.take()
    await first.look(signal)
    if (!first.head) waiting = waiting.filter((stream) => stream !== first)
  }
}

function isBefore(one: TrailStream, other: TrailStream, order: TrailOrder): boolean {
  const [a, b] = [one.head!.timestamp, other.head!.timestamp]
  // Of the same millisecond, the one order is the other backwards.
  return order === 'oldest' ? a < b : a >= b
}
