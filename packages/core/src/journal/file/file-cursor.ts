import { AuditError } from '../../errors.ts'
import type { Clock } from '../../clock.ts'
import { createBatch, type Batch, type BatchLimits, type JournalRecord } from '../../event/batch.ts'
import type { Cursor } from '../journal.ts'
import type { Lane } from './lane.ts'
import type { StoredRecord } from './record-line.ts'
import type { SourceLog } from './source-log.ts'

/** A record that was given out and is not acknowledged. `end` is its place among all this cursor ever gave. */
interface Given extends JournalRecord {
  readonly record: StoredRecord
  readonly lane: Lane
}

export interface FileCursorOptions {
  readonly clock: Clock
  readonly onMoved: () => void
  readonly onUnwanted: (count: number) => void
  /** The disk did not give what is there; it is asked again. */
  readonly onReadError: (error: unknown) => void
  readonly onClosed: () => void
}

const READ_RETRY_MS = 1_000

/**
 * A reader of the file journal: of the log this process writes, and of those it has adopted. Their events are given in turn, each
 * log's in order, and stay in a window until they are acknowledged.
 */
export class FileCursor implements Cursor {
  readonly name: string
  readonly #options: FileCursorOptions
  #lanes: readonly Lane[] = []
  #window: Given[] = []
  #windowBytes = 0
  /** How many records were ever put into the window. */
  #given = 0
  #turn = 0
  #isClosed = false
  #wake: (() => void) | undefined

  constructor(name: string, options: FileCursorOptions) {
    this.name = name
    this.#options = options
  }

  get lanes(): readonly Lane[] {
    return this.#lanes
  }

  addLane(lane: Lane): void {
    this.#lanes = [...this.#lanes, lane]
    this.#wake?.()
  }

  /** Reads that log no more. What was given of it and not acknowledged is somebody else's now. */
  async removeLane(log: SourceLog): Promise<void> {
    const lane = this.#lanes.find((candidate) => candidate.log === log)
    if (!lane) return
    this.#lanes = this.#lanes.filter((candidate) => candidate !== lane)
    this.#window = this.#window.filter((given) => given.lane !== lane)
    this.#windowBytes = this.#window.reduce((sum, given) => sum + given.byteLength, 0)
    this.#options.onUnwanted(lane.pending)
    await lane.close()
  }

  offer(log: SourceLog, records: readonly StoredRecord[]): void {
    for (const lane of this.#lanes) if (lane.log === log && lane.offer(records)) this.#wake?.()
  }

  async next(limits: BatchLimits, signal: AbortSignal): Promise<Batch> {
    for (;;) {
      if (this.#isClosed) throw new AuditError('AUDIT_CLOSED', 'This reader of the journal is closed.')
      signal.throwIfAborted()
      let isWoken = false
      this.#wake = () => (isWoken = true)
      const isFilled = await this.#fill(limits)
      const waitMs = Math.min(this.#waitFor(limits), isFilled ? Infinity : READ_RETRY_MS)
      if (this.#window.length > 0 && waitMs <= 0) return createBatch(this.#select(limits))
      if (!isWoken) await this.#woken(waitMs, signal)
    }
  }

  async acknowledge(end: number): Promise<void> {
    const ends = new Map<Lane, number>()
    let count = 0
    for (; count < this.#window.length && this.#window[count]!.end <= end; count++) {
      const { lane, record, byteLength } = this.#window[count]!
      ends.set(lane, record.end)
      this.#windowBytes -= byteLength
    }
    this.#window = this.#window.slice(count)
    await Promise.all(Array.from(ends, ([lane, sequence]) => lane.acknowledge(sequence)))
    this.#options.onMoved()
  }

  pending(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.pending, 0)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#wake?.()
    await Promise.all(this.#lanes.map((lane) => lane.close()))
    this.#options.onClosed()
  }

  /** Takes from the logs in turn, so that none waits for another's backlog. False if one of them could not be read. */
  async #fill({ maxEvents, maxBytes }: BatchLimits): Promise<boolean> {
    const lanes = this.#lanes
    let isFilled = true
    for (let index = 0; index < lanes.length; index++) {
      if (this.#window.length >= maxEvents || this.#windowBytes >= maxBytes) break
      const lane = lanes[(this.#turn + index) % lanes.length]!
      const records = await lane.take(maxEvents - this.#window.length, maxBytes - this.#windowBytes).catch((error: unknown) => {
        this.#options.onReadError(error)
        isFilled = false
        return []
      })
      if (!this.#lanes.includes(lane)) continue
      for (const record of records) {
        this.#window.push({ line: record.line, byteLength: record.byteLength, end: ++this.#given, record, lane })
        this.#windowBytes += record.byteLength
      }
    }
    this.#turn++
    return isFilled
  }

  /** How long until a batch is due: 0 now, Infinity when nothing waits. */
  #waitFor({ maxEvents, maxBytes, maxAgeMs }: BatchLimits): number {
    if (this.#window.length === 0) return Infinity
    if (this.#window.length >= maxEvents || this.#windowBytes >= maxBytes) return 0
    const oldest = this.#window.reduce((at, { record }) => Math.min(at, record.at), Infinity)
    return oldest + maxAgeMs - this.#options.clock.monotonic()
  }

  #select({ maxEvents, maxBytes }: BatchLimits): readonly Given[] {
    let count = 0
    let bytes = 0
    for (; count < Math.min(maxEvents, this.#window.length); count++) {
      bytes += this.#window[count]!.byteLength
      // The first goes whatever its size, or an oversized event would stop the stream.
      if (count > 0 && bytes > maxBytes) break
    }
    return this.#window.slice(0, count)
  }

  /** Something was offered, it is time, or it was stopped. */
  #woken(waitMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        timer?.cancel()
        signal.removeEventListener('abort', wake)
        this.#wake = undefined
        resolve()
      }
      const timer = waitMs === Infinity ? undefined : this.#options.clock.schedule(waitMs, wake, { keepAlive: false })
      signal.addEventListener('abort', wake)
      this.#wake = wake
      if (this.#isClosed || signal.aborted) wake()
    })
  }
}
