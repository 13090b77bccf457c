import { join } from 'node:path'
import type { Clock, Timer } from '../clock.ts'
import type { FactAction } from '../event/event-pattern.ts'
import type { Adoption } from './orphaned-logs.ts'
import type { Bounds } from './space-limits.ts'
import { runCommands } from './command-files.ts'
import type { Difference } from './seal/covered-scan.ts'
import type { Extent } from '../log-format/extents.ts'
import type { FileReaders } from './readers/cursors.ts'
import type { FileSystem } from '../log-format/file-system.ts'
import { FileWatch } from './file-watch.ts'
import type { Lane } from './readers/log-cursor.ts'
import type { OwnedSource } from './claimed-log.ts'
import { lagTarget, planTrim, type TrimPlan } from './retention.ts'
import { SegmentAges } from './segment-age.ts'
import type { SourceLog } from './log/log-writer.ts'
import { laggardOf, type Trimming } from './announce-trim.ts'

export interface UpkeepOptions {
  readonly clock: Clock
  readonly fileSystem: FileSystem
  readonly root: string
  readonly retentionMs: number
  readonly bounds: Bounds
  readonly readers: FileReaders
  readonly adoption: Adoption
  readonly trimming: Trimming
  readonly own: () => OwnedSource | undefined
  /** Writes the pending system events of the journal. */
  readonly writeFacts: () => Promise<void>
  /** Resolves once the log has recorded it. */
  readonly tell: (action: FactAction, payload: unknown) => Promise<void>
  /** Runs a task while nothing is appended. */
  readonly exclusively: <T>(task: () => Promise<T>) => Promise<T>
  /** A log does not match its checkpoint. */
  readonly onDifference: (log: SourceLog, difference: Difference) => void
  readonly execute: (command: unknown) => Promise<unknown>
  readonly warn: (cause: string, message: string) => void
}

/** A removed file is noticed within two seconds. */
const INTERVAL_MS = 1_000
/** A log that another process left is adopted within a minute. */
const ADOPTION_INTERVALS = 15
const PLACES_INTERVALS = 5
/** Bytes of covered lines that are read back per round, until all were read once: the largest log takes half an hour. */
const SCAN_BYTES = 4 << 20

/** Runs the journal's housekeeping once a second: checks its files and limits, and adopts the logs of ended processes. */
export class Upkeep {
  readonly #options: UpkeepOptions
  readonly #skipping = new Set<Lane>()
  readonly #files: FileWatch
  readonly #ages = new SegmentAges()
  #rounds = 0
  #timer: Timer | undefined
  #running: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(options: UpkeepOptions) {
    this.#options = options
    this.#files = new FileWatch(options)
  }

  start(): void {
    if (this.#isStopped) return
    this.#timer = this.#options.clock.schedule(
      INTERVAL_MS,
      () => {
        this.#running = this.#round()
        void this.#running.then(() => this.start())
      },
      { keepAlive: false },
    )
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  async close(): Promise<void> {
    this.stop()
    await this.#running
  }

  async #round(): Promise<void> {
    const { adoption, own, writeFacts } = this.#options
    const round = this.#rounds++
    const source = own()
    if (source) {
      await this.#step('files', () => this.#files.check(source))
      await this.#step('space', () => this.#checkSpace())
      await this.#step('hashes', () => this.#scan(source))
      await this.#step('retention', () => this.#letOldGo(source))
      this.#passOverLag(source)
      await this.#step('commands', () => runCommands(join(source.directory, 'commands'), this.#options))
      await this.#step('places', () => source.places.keepMark())
      if (round % PLACES_INTERVALS === 0) await this.#step('places', () => source.places.sync())
    }
    await this.#step('adoption', () => (round % ADOPTION_INTERVALS === 0 ? adoption.advance() : adoption.releaseDrained()))
    await writeFacts()
  }

  async #step(name: string, task: () => Promise<void>): Promise<void> {
    try {
      if (!this.#isStopped) await task()
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      this.#options.warn(`upkeep ${name}`, `The journal's housekeeping failed at '${name}': ${code ?? ''} ${message}`)
    }
  }

  async #checkSpace(): Promise<void> {
    const { fileSystem, root, bounds, warn } = this.#options
    bounds.observe(await fileSystem.space(root))
    for (const problem of bounds.problems) warn('space', problem)
  }

  async #scan({ log, seal }: OwnedSource): Promise<void> {
    if (!seal || seal.refusal) return
    await seal.scan(SCAN_BYTES)
    if (seal.difference) this.#options.onDifference(log, seal.difference)
  }

  async #letOldGo(source: OwnedSource): Promise<void> {
    const { exclusively, tell, trimming } = this.#options
    if (trimming.announcedFor(source) === undefined) {
      const plan = await this.#planByAge(source)
      if (!plan) return
      await tell('trimmed', { source: source.log.source, firstKept: plan.firstKept, reason: 'age' })
      trimming.announce(source, plan.firstKept)
    }
    await exclusively(() => trimming.complete(source))
  }

  async #planByAge(source: OwnedSource): Promise<TrimPlan | undefined> {
    const { log } = source
    const { clock, readers, retentionMs } = this.#options
    const laggard = laggardOf(source, readers)
    if (retentionMs === Infinity || !laggard) return undefined
    const before = clock.now() - retentionMs
    const old = new Set<Extent>()
    for (const extent of log.extents.slice(0, -1)) {
      if (extent.end > laggard.place || (await this.#ages.newestIn(source, extent)) >= before) break
      old.add(extent)
    }
    this.#ages.keepOnly(log.extents)
    return planTrim(
      log.extents,
      laggard.place,
      (extent) => old.has(extent),
      ({ segment }) => log.sizeOf(segment),
    )
  }

  /** Does not wait, because a full disk may delay the record of a loss for long. */
  #passOverLag({ log }: OwnedSource): void {
    for (const { name, lane, maxLagBytes } of this.#options.readers.lanesOf(log)) {
      if (maxLagBytes === Infinity || this.#skipping.has(lane)) continue
      const target = lagTarget(log.extents, lane.place, maxLagBytes, ({ segment }) => log.sizeOf(segment))
      if (target === undefined) continue
      this.#skipping.add(lane)
      this.#options.warn(
        `lag ${name}`,
        `Sink '${name}' is more than ${maxLagBytes} bytes behind; it skips to event ${target}, and the events in between are recorded as lost.`,
      )
      void lane
        .skipTo(target)
        .catch(() => undefined)
        .then(() => this.#skipping.delete(lane))
    }
  }
}
