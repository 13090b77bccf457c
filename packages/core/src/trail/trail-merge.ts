import type { TrailLine } from './trail-selection.ts'
import type { TrailStream } from './trail-stream.ts'

export type TrailOrder = 'oldest' | 'newest'

/**
 * Merges the events of several logs: by their timestamps, and each log in its own order, whatever its clock did. Uses the streams
 * that have a current event, and ends when no stream has one.
 */
export async function* mergeStreams(
  streams: readonly TrailStream[],
  order: TrailOrder,
  signal?: AbortSignal,
): AsyncGenerator<TrailLine, void, undefined> {
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
  const [a, b] = [one.head!.event.timestamp, other.head!.event.timestamp]
  // In one millisecond, one order is the reverse of the other.
  return order === 'oldest' ? a < b : a >= b
}
