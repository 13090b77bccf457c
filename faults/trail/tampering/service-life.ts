import {
  createAudit,
  defineEvents,
  type AnyCatalog,
  type Anchor,
  type Audit,
  type AuditOptions,
  type Sink,
} from '../../../packages/core/src/index.ts'
import { fileJournalOn } from '../../../packages/core/src/file-journal/file-journal.ts'
import { manualClock, type ManualClock } from '../../../packages/core/src/testing/index.ts'
import type { GenuineCheckpoint, Ledger } from './ledger.ts'
import { TappedDisk } from './tapped-disk.ts'

export const SERVICE = 'booking'
/** The start of the first service, on a day in the past. */
export const BEGINNING: number = Date.UTC(2026, 8, 1)

const payload = { '~standard': { version: 1, vendor: 'faults', validate: (value: unknown) => ({ value }) } } as const
const events: AnyCatalog = defineEvents({ entry: { booked: payload, cancelled: payload } })

/** Longer than any start or close, even on a slow machine. */
const DEADLINE_MS = 60_000

export interface LifeOptions {
  readonly directory: string
  readonly ledger: Ledger
  /** Milliseconds since 1970. */
  readonly now: number
  readonly seal: Exclude<AuditOptions['seal'], undefined>
  readonly retentionMs?: number
  readonly segmentBytes?: number
  /** The answer of an anchor that can return its latest checkpoint, at a start. Left out: the anchor only stores. */
  readonly latest?: NonNullable<Anchor['latest']>
  /** The name of the one sink, which begins with the oldest event. */
  readonly sinkName?: string
}

/** One process that records, seals and delivers, on a clock that moves only by hand. */
export class ServiceLife {
  readonly clock: ManualClock
  /** Every line that the sink got. */
  readonly delivered: string[] = []
  /** Every checkpoint that this process published. */
  readonly published: GenuineCheckpoint[] = []
  readonly audit: Audit<AnyCatalog>
  readonly warnings: string[] = []
  readonly #disk: TappedDisk
  #count = 0

  private constructor({ directory, ledger, now, seal, retentionMs, segmentBytes = 8 << 10, latest, sinkName }: LifeOptions) {
    this.clock = manualClock({ now })
    this.#disk = new TappedDisk((text) => ledger.appended(text))
    const sink: Sink = {
      name: sinkName ?? 'main',
      write: async ({ lines }) => void this.delivered.push(...lines),
    }
    const anchor: Anchor = {
      name: 'tap',
      everyMs: 1,
      publish: async ({ origin, size, checkpoint }) => {
        const published = { origin, size, text: checkpoint }
        this.published.push(published)
        ledger.published(published)
      },
      ...(latest && { latest }),
    }
    this.audit = createAudit({
      service: SERVICE,
      events,
      clock: this.clock,
      seal,
      anchors: seal === false ? [] : [anchor],
      journal: fileJournalOn(this.#disk.fileSystem, {
        directory,
        segmentBytes,
        freeSpace: { warnBytes: 0, stopBytes: 0 },
        ...(retentionMs !== undefined && { retentionMs }),
      }),
      sinks: [{ sink, from: 'oldest' }],
      logger: { warn: (text: string) => this.warnings.push(text), error: (text: string) => this.warnings.push(text) },
    })
  }

  /** Rejects if the journal does not open in time. */
  static async begin(options: LifeOptions): Promise<ServiceLife> {
    const life = new ServiceLife(options)
    await life.until(life.audit.ready(), 'it opens')
    await life.rest()
    return life
  }

  /** Records this many events in groups, and lets time pass in between. */
  async record(
    count: number,
    { groups = 1, pauseMs = 0 }: { readonly groups?: number; readonly pauseMs?: number } = {},
  ): Promise<void> {
    for (let group = 0; group < groups; group++) {
      const size = Math.floor(((group + 1) * count) / groups) - Math.floor((group * count) / groups)
      await this.until(Promise.all(Array.from({ length: size }, () => this.#record())), 'it records')
      if (pauseMs > 0) await this.pass(pauseMs)
    }
  }

  /** Lets time pass until the resulting work has ended. */
  async pass(ms: number, stepMs = 250): Promise<void> {
    for (let left = ms; left > 0 && !this.#disk.isDead; left -= stepMs) {
      await this.clock.advance(Math.min(left, stepMs))
      await this.rest()
    }
  }

  get isOver(): boolean {
    return this.#disk.isDead
  }

  rest(): Promise<void> {
    return this.#disk.settled()
  }

  async close(): Promise<void> {
    await this.until(this.audit.close(), 'it closes')
  }

  async kill(): Promise<void> {
    this.#disk.kill()
    await this.rest()
  }

  /** Ends in the middle of writing a group, whose callers get no result. */
  async killInMidGroup(): Promise<void> {
    this.#disk.killAtNextWrite()
    for (let count = 0; count < 5; count++) void this.#record()
    for (const deadline = Date.now() + DEADLINE_MS; !this.#disk.isDead;) {
      if (Date.now() > deadline) throw new Error('No group was written.')
      await this.clock.advance(10)
      await this.rest()
    }
  }

  /** Waits for a promise, and lets time pass once nothing else happens. */
  async until<T>(promise: Promise<T>, what: string): Promise<T> {
    let isSettled = false
    void promise.then(
      () => (isSettled = true),
      () => (isSettled = true),
    )
    for (const deadline = Date.now() + DEADLINE_MS; ;) {
      await this.rest()
      if (isSettled) return promise
      if (Date.now() > deadline) throw new Error(`A service did not do this within ${DEADLINE_MS} ms: ${what}.`)
      await this.clock.advance(100)
    }
  }

  #record(): Promise<unknown> {
    const value = { n: this.#count, note: `entry ${this.#count} 💥`, amount: 1_000 + this.#count }
    return this.audit.record(this.#count++ % 3 === 0 ? 'entry:cancelled' : 'entry:booked', value).catch(() => undefined)
  }
}
