import { delay, systemClock } from '../clock.ts'
import { AuditError } from '../errors.ts'
import type { AuditEvent } from '../event/event.ts'
import { compileTrailFilter, type TrailFilter } from '../event/trail-filter.ts'
import { nodeFileSystem } from '../log-format/node-file-system.ts'
import { BackwardReader } from './backward-reader.ts'
import { ForwardReader } from './forward-reader.ts'
import { SourceSegments } from './source-segments.ts'
import { mergeStreams, type TrailOrder } from './trail-merge.ts'
import { selectionOf, type TrailLine, type TrailSelection } from './trail-selection.ts'
import { trailSources, type TrailSource } from './trail-sources.ts'
import { TrailStream } from './trail-stream.ts'

/** Selects the events that `readTrail` reads, and their order. */
export interface TrailOptions extends TrailFilter {
  /** Default `oldest`: the oldest first. */
  readonly order?: TrailOrder
  /** Only the newest `limit` events, in that order; with `follow`, also all later ones. */
  readonly limit?: number
  /** Continues with appended events, until `signal` aborts. Not with `order: 'newest'`, nor with `until`. */
  readonly follow?: boolean
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal
}

const POLL_MS = 250
const SLICE = 1_000

/**
 * Reads the trail that file journals have written to a directory: all its logs, merged by timestamp, each log in its own order.
 * It changes nothing, takes no lock, and may run while services write. Unreadable lines are skipped; `audit verify` reports if
 * the trail is complete. Throws `AUDIT_INVALID_OPTIONS` and `AUDIT_INVALID_PATTERN`; the iteration rejects with
 * `AUDIT_JOURNAL_UNAVAILABLE` if the directory does not exist.
 */
export function readTrail(directory: string, options: TrailOptions = {}): AsyncIterable<AuditEvent> {
  const lines = selectTrailLines(directory, options)
  return { [Symbol.asyncIterator]: () => eventsOf(lines) }
}

/** Reads the trail as `readTrail` does, and returns each event with its line, so that it can be compared with what was sealed. */
export function selectTrailLines(directory: string, options: TrailOptions = {}): AsyncIterable<TrailLine> {
  checkOptions(options)
  const selection = selectionOf(compileTrailFilter(options, systemClock.now()))
  return { [Symbol.asyncIterator]: () => new TrailReading(directory, options, selection).lines() }
}

async function* eventsOf(lines: AsyncIterable<TrailLine>): AsyncGenerator<AuditEvent, void, undefined> {
  for await (const { event } of lines) yield event
}

function checkOptions({ order, limit, follow, until }: TrailOptions): void {
  const problems = [
    ...(order === undefined || order === 'oldest' || order === 'newest' ? [] : ["order: give 'oldest' or 'newest'"]),
    ...(limit === undefined || (Number.isSafeInteger(limit) && limit >= 0) ? [] : ['limit: give a whole number, 0 or more']),
    ...(follow && order === 'newest' ? ["follow: appended events cannot come first; remove order: 'newest'"] : []),
    ...(follow && until !== undefined ? ['follow: it never ends, so it cannot have until; remove one of them'] : []),
  ]
  if (problems.length === 0) return
  throw new AuditError('AUDIT_INVALID_OPTIONS', `The trail cannot be read with these options: ${problems.join('; ')}.`, {
    problems,
  })
}

/** The end of a log when it was last looked at: the sequence after its last line. */
type Ends = ReadonlyMap<string, number>

class TrailReading {
  readonly #directory: string
  readonly #options: TrailOptions
  readonly #selection: TrailSelection

  constructor(directory: string, options: TrailOptions, selection: TrailSelection) {
    this.#directory = directory
    this.#options = options
    this.#selection = selection
  }

  async *lines(): AsyncGenerator<TrailLine, void, undefined> {
    const { order, limit, follow } = this.#options
    if (order === 'newest') return yield* this.#newest()
    if (limit === undefined) return yield* this.#oldest()
    const ends = follow ? await this.#ends() : undefined
    const last: TrailLine[] = []
    for await (const line of this.#newest(ends)) last.push(line)
    yield* last.toReversed()
    if (ends) yield* this.#oldest(ends)
  }

  async *#newest(ends?: Ends): AsyncGenerator<TrailLine, void, undefined> {
    const { limit = Infinity, signal } = this.#options
    const { since } = this.#selection
    const streams: TrailStream[] = []
    for (const { directory } of await this.#sources()) {
      const segments = new SourceSegments(nodeFileSystem, directory)
      const reader = new BackwardReader({ segments, since, before: ends ? (ends.get(directory) ?? 0) : undefined })
      streams.push(new TrailStream(reader, this.#selection))
    }
    if (limit === 0) return
    for (const stream of streams) await stream.look(signal)
    let count = 0
    for await (const line of mergeStreams(streams, 'newest', signal)) {
      yield line
      if (++count === limit) return
    }
  }

  /** Reads the logs after those ends, and continues if the trail is followed. */
  async *#oldest(ends?: Ends): AsyncGenerator<TrailLine, void, undefined> {
    const { follow = false, signal } = this.#options
    const streams = new Map<string, TrailStream>()
    try {
      await this.#addStreams(streams, ends)
      // Of many logs, most end before others begin, so none is held open before its turn.
      for (const stream of streams.values()) await stream.look(signal).finally(() => stream.release())
      if (!follow) return yield* mergeStreams([...streams.values()], 'oldest', signal)
      for (;;) {
        if (signal?.aborted) return
        let count = 0
        for await (const line of mergeStreams([...streams.values()], 'oldest', signal)) {
          yield line
          // A log that is written all the time must not starve the others.
          if (++count === SLICE) break
        }
        if (count < SLICE) await delay(systemClock, POLL_MS, signal)
        await this.#addStreams(streams, ends)
        for (const stream of streams.values()) await stream.look(signal)
      }
    } finally {
      for (const stream of streams.values()) await stream.release()
    }
  }

  async #addStreams(streams: Map<string, TrailStream>, ends?: Ends): Promise<void> {
    const { since } = this.#selection
    for (const { directory } of await this.#sources()) {
      if (streams.has(directory)) continue
      const segments = new SourceSegments(nodeFileSystem, directory)
      const reader = new ForwardReader({ segments, since, from: ends?.get(directory) })
      streams.set(directory, new TrailStream(reader, this.#selection))
    }
  }

  async #ends(): Promise<Ends> {
    const ends = new Map<string, number>()
    for (const { directory } of await this.#sources()) {
      const segments = new SourceSegments(nodeFileSystem, directory)
      const last = await new BackwardReader({ segments, since: -Infinity }).next()
      if (last) ends.set(directory, last.end)
    }
    return ends
  }

  #sources(): Promise<readonly TrailSource[]> {
    return trailSources(nodeFileSystem, this.#directory)
  }
}
