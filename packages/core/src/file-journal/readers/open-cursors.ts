import type { Clock } from '../../clock.ts'
import type { CursorOptions } from '../../journal/cursors.ts'
import { FileCursor } from './file-cursor.ts'
import type { SkippedEvents } from './skipped-events.ts'
import { LogCursor } from './log-cursor.ts'
import { LogReader } from '../../log-format/log-reader.ts'
import { ReleasedReader } from '../held/released-log.ts'
import type { ClaimedLog } from '../claimed-log.ts'
import type { StoredRecord } from '../../log-format/record-line.ts'
import type { LogWriter } from '../log/log-writer.ts'
import { cursorTaken } from '../../journal/journal-errors.ts'

export interface OpenCursorsOptions {
  readonly clock: Clock
  /** A cursor moved or closed, so some segments may be removable now. */
  readonly onMoved: () => void
  /** Resolves once the loss is recorded. */
  readonly onLost: (reader: string, log: LogWriter, loss: SkippedEvents) => Promise<void>
  readonly onReadError: (reader: string, error: unknown) => void
  /** A range of a log that cannot be read. */
  readonly onGap: (log: LogWriter, from: number, to: number) => void
  /** Sequences of lines that differ from the log's checkpoint. */
  readonly onChanged: (log: LogWriter, sequences: readonly number[]) => void
}

interface Reader {
  readonly cursor: FileCursor
  readonly options: CursorOptions
}

/** The open cursors of the journal, each with its part in every log of the journal. */
export class OpenCursors {
  readonly #options: OpenCursorsOptions
  readonly #cursors = new Map<string, Reader>()

  constructor(options: OpenCursorsOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#cursors.size
  }

  has(name: string): boolean {
    return this.#cursors.has(name)
  }

  async open(name: string, options: CursorOptions, sources: readonly ClaimedLog[]): Promise<FileCursor> {
    if (this.#cursors.has(name)) throw cursorTaken(name)
    const cursor = new FileCursor(name, {
      clock: this.#options.clock,
      onMoved: this.#options.onMoved,
      onUnwanted: (count) => options.onUnwanted?.(count),
      onReadError: (error) => this.#options.onReadError(name, error),
      onClosed: () => void this.#cursors.delete(name),
    })
    const reader = { cursor, options }
    this.#cursors.set(name, reader)
    for (const source of sources) await this.#addLog(reader, source)
    return cursor
  }

  /** Makes every cursor read one more source. */
  async attach(source: ClaimedLog): Promise<void> {
    for (const reader of this.#cursors.values()) await this.#addLog(reader, source)
  }

  async detach(log: LogWriter): Promise<void> {
    for (const { cursor } of this.#cursors.values()) await cursor.removeLog(log)
  }

  /** Shows new records to the cursors, and keeps them in memory as long as there is a cursor. */
  offer(log: LogWriter, records: readonly StoredRecord[]): void {
    if (this.#cursors.size === 0) return log.recent.clear()
    log.recent.add(records)
    for (const { cursor } of this.#cursors.values()) cursor.offer(log, records)
  }

  /** True if no cursor still needs this log. */
  isDrained(log: LogWriter): boolean {
    return this.logCursorsOf(log).every(({ logCursor }) => logCursor.isDrained)
  }

  /** The cursor that is furthest behind. */
  slowestCursorOf(log: LogWriter): { readonly name: string; readonly offset: number } | undefined {
    let slowest: { readonly name: string; readonly offset: number } | undefined
    for (const { name, logCursor } of this.logCursorsOf(log)) {
      if (!slowest || logCursor.offset < slowest.offset) slowest = { name, offset: logCursor.offset }
    }
    return slowest
  }

  logCursorsOf(
    log: LogWriter,
  ): readonly { readonly name: string; readonly logCursor: LogCursor; readonly maxLagBytes: number }[] {
    return Array.from(this.#cursors.values()).flatMap(({ cursor, options }) => {
      const logCursor = cursor.logCursors.find((candidate) => candidate.log === log)
      return logCursor ? [{ name: cursor.name, logCursor, maxLagBytes: options.maxLagBytes ?? Infinity }] : []
    })
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#cursors.values(), ({ cursor }) => cursor.close()))
  }

  async #addLog({ cursor, options }: Reader, { log, offsets, seal, released }: ClaimedLog): Promise<void> {
    const known = offsets.get(cursor.name)
    const beginning = released || offsets.mayMissNames || options.from === 'oldest' ? log.first : log.end
    const reader = released && new ReleasedReader(new LogReader(log), released, log.end)
    const logCursor = new LogCursor(log, offsets, known ?? beginning, {
      name: cursor.name,
      reader,
      wants: options.wants,
      onUnwanted: (count) => options.onUnwanted?.(count),
      onGap: (from, to) => this.#options.onGap(log, from, to),
      changedOf: async (records) => {
        const differing = new Set([...((await seal?.changed(records)) ?? []), ...(reader?.changedOf(records) ?? [])])
        const changed = [...differing].toSorted((one, other) => one - other)
        if (changed.length > 0) this.#options.onChanged(log, changed)
        return changed
      },
      onLost: async (loss) => {
        options.onLost?.(loss.losses.reduce((sum, { count }) => sum + count, 0))
        await this.#options.onLost(cursor.name, log, loss)
      },
    })
    // At once, because everything that is appended from now on must be offered to it.
    cursor.addLog(logCursor)
    const missed = log.first - (known ?? log.first)
    if (missed > 0) {
      // Its next events were removed while it was closed.
      options.onLost?.(missed)
      void this.#options.onLost(cursor.name, log, { reason: 'trimmed', losses: [{ name: '*:*', count: missed }] })
    }
    await logCursor.keepOffset()
    // A power failure must not make a cursor new again: it would begin at the end and miss these events.
    await offsets.sync()
  }
}
