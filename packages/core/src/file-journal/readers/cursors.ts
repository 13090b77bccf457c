import { AuditError } from '../../errors.ts'
import type { Clock } from '../../clock.ts'
import type { CursorOptions } from '../../journal/journal.ts'
import { FileCursor } from './file-cursor.ts'
import type { LaneLoss } from './skipped-events.ts'
import { Lane } from './log-cursor.ts'
import type { OwnedSource } from '../claimed-log.ts'
import type { StoredRecord } from '../../log-format/stored-record.ts'
import type { SourceLog } from '../log/log-writer.ts'

export interface FileReadersOptions {
  readonly clock: Clock
  /** A cursor moved or closed, so some segments may be removable now. */
  readonly onMoved: () => void
  /** Resolves once the loss is recorded. */
  readonly onLost: (reader: string, log: SourceLog, loss: LaneLoss) => Promise<void>
  readonly onReadError: (reader: string, error: unknown) => void
  /** A range of a log that cannot be read. */
  readonly onGap: (log: SourceLog, from: number, to: number) => void
  /** Sequences of lines that differ from the log's checkpoint. */
  readonly onChanged: (log: SourceLog, sequences: readonly number[]) => void
}

interface Reader {
  readonly cursor: FileCursor
  readonly options: CursorOptions
}

/** The open cursors of the journal, each with a lane through every log of the journal. */
export class FileReaders {
  readonly #options: FileReadersOptions
  readonly #readers = new Map<string, Reader>()

  constructor(options: FileReadersOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#readers.size
  }

  has(name: string): boolean {
    return this.#readers.has(name)
  }

  async open(name: string, options: CursorOptions, sources: readonly OwnedSource[]): Promise<FileCursor> {
    if (this.#readers.has(name)) {
      throw new AuditError(
        'AUDIT_CURSOR_TAKEN',
        `The journal has an open cursor named '${name}'. Give each sink a different name.`,
      )
    }
    const cursor = new FileCursor(name, {
      clock: this.#options.clock,
      onMoved: this.#options.onMoved,
      onUnwanted: (count) => options.onUnwanted?.(count),
      onReadError: (error) => this.#options.onReadError(name, error),
      onClosed: () => void this.#readers.delete(name),
    })
    const reader = { cursor, options }
    this.#readers.set(name, reader)
    for (const source of sources) await this.#addLane(reader, source)
    return cursor
  }

  /** Makes every cursor read one more source. */
  async attach(source: OwnedSource): Promise<void> {
    for (const reader of this.#readers.values()) await this.#addLane(reader, source)
  }

  async detach(log: SourceLog): Promise<void> {
    for (const { cursor } of this.#readers.values()) await cursor.removeLane(log)
  }

  offer(log: SourceLog, records: readonly StoredRecord[]): void {
    for (const { cursor } of this.#readers.values()) cursor.offer(log, records)
  }

  /** True if no cursor still needs this log. */
  isDrained(log: SourceLog): boolean {
    return this.lanesOf(log).every(({ lane }) => lane.isDrained)
  }

  /** The cursor that is furthest behind. */
  laggardOf(log: SourceLog): { readonly name: string; readonly place: number } | undefined {
    let laggard: { readonly name: string; readonly place: number } | undefined
    for (const { name, lane } of this.lanesOf(log)) {
      if (!laggard || lane.place < laggard.place) laggard = { name, place: lane.place }
    }
    return laggard
  }

  lanesOf(log: SourceLog): readonly { readonly name: string; readonly lane: Lane; readonly maxLagBytes: number }[] {
    return Array.from(this.#readers.values()).flatMap(({ cursor, options }) => {
      const lane = cursor.lanes.find((candidate) => candidate.log === log)
      return lane ? [{ name: cursor.name, lane, maxLagBytes: options.maxLagBytes ?? Infinity }] : []
    })
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#readers.values(), ({ cursor }) => cursor.close()))
  }

  async #addLane({ cursor, options }: Reader, { log, places, seal, isReleased }: OwnedSource): Promise<void> {
    const known = places.get(cursor.name)
    const beginning = isReleased || places.mayMissNames || options.from === 'oldest' ? log.first : log.end
    const lane = new Lane(log, places, known ?? beginning, {
      name: cursor.name,
      wants: options.wants,
      onUnwanted: (count) => options.onUnwanted?.(count),
      onGap: (from, to) => this.#options.onGap(log, from, to),
      changedOf: async (records) => {
        const changed = (await seal?.changed(records)) ?? []
        if (changed.length > 0) this.#options.onChanged(log, changed)
        return changed
      },
      onLost: async (loss) => {
        options.onLost?.(loss.losses.reduce((sum, { count }) => sum + count, 0))
        await this.#options.onLost(cursor.name, log, loss)
      },
    })
    // At once, because everything that is appended from now on must be offered to it.
    cursor.addLane(lane)
    options.onFound?.(lane.pending)
    const missed = log.first - (known ?? log.first)
    if (missed > 0) {
      // Its next events were removed while it was closed.
      options.onFound?.(missed)
      options.onLost?.(missed)
      void this.#options.onLost(cursor.name, log, { reason: 'trimmed', losses: [{ name: '*:*', count: missed }] })
    }
    await lane.keepPlace()
    // A power failure must not make a cursor new again: it would begin at the end and miss these events.
    await places.sync()
  }
}
