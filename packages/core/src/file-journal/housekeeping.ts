import { join } from 'node:path'
import type { Clock, Timer } from '../clock.ts'
import type { SystemAction } from '../event/event-pattern.ts'
import type { OrphanedLogs } from './orphaned-logs.ts'
import type { SpaceLimits } from './space-limits.ts'
import { runCommands } from './command-files.ts'
import type { Difference } from './seal/covered-scan.ts'
import type { Extent } from '../log-format/extents.ts'
import type { OpenCursors } from './readers/open-cursors.ts'
import type { FileSystem } from '../log-format/file-system.ts'
import { FileWatch } from './file-watch.ts'
import type { LogCursor } from './readers/log-cursor.ts'
import { ownerOf, type ClaimedLog } from './claimed-log.ts'
import { lagTarget, planTrim, type TrimPlan, slowestCursorOf, type TrimAnnouncements } from './retention.ts'
import { SegmentAges } from './segment-age.ts'
import type { LogWriter } from './log/log-writer.ts'

export interface HousekeepingOptions {
  readonly clock: Clock
  readonly fileSystem: FileSystem
  readonly root: string
  readonly retentionMs: number
  readonly spaceLimits: SpaceLimits
  readonly cursors: OpenCursors
  readonly orphanedLogs: OrphanedLogs
  readonly trimAnnouncements: TrimAnnouncements
  readonly own: () => ClaimedLog | undefined
  /** Writes the pending system events of the journal. */
  readonly writeSystemEvents: () => Promise<void>
  /** Resolves once the log has recorded it. */
  readonly record: (action: SystemAction, payload: unknown) => Promise<void>
  /** Runs a task while nothing is appended. */
  readonly exclusively: <T>(task: () => Promise<T>) => Promise<T>
  /** A log does not match its checkpoint. */
  readonly onDifference: (log: LogWriter, difference: Difference) => void
  readonly execute: (command: unknown, owner: string) => Promise<unknown>
  readonly warn: (cause: string, message: string) => void
}

/** A removed file is noticed within two seconds. */
const INTERVAL_MS = 1_000
/** A log that another process left is recovered within a minute. */
const ORPHAN_INTERVALS = 15
const PLACES_INTERVALS = 5
/** Bytes of covered lines that are read back per round, until all were read once: the largest log takes half an hour. */
const SCAN_BYTES = 4 << 20

/** Runs the journal's housekeeping once a second: checks its files and limits, and recovers the logs of ended processes. */
export class Housekeeping {
  readonly #options: HousekeepingOptions
  readonly #skipping = new Set<LogCursor>()
  readonly #files: FileWatch
  readonly #ages = new SegmentAges()
  #rounds = 0
  #timer: Timer | undefined
  #running: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(options: HousekeepingOptions) {
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
    const { orphanedLogs, own, writeSystemEvents } = this.#options
    const round = this.#rounds++
    const source = own()
    if (source) {
      await this.#step('files', () => this.#files.check(source))
      await this.#step('space', () => this.#checkSpace())
      await this.#step('hashes', () => this.#scan(source))
      await this.#step('retention', () => this.#letOldGo(source))
      this.#passOverLag(source)
      await this.#step('commands', () => runCommands(join(source.directory, 'commands'), ownerOf(source), this.#options))
      await this.#step('offsets', () => source.offsets.keepMark())
      if (round % PLACES_INTERVALS === 0) await this.#step('offsets', () => source.offsets.sync())
    }
    await this.#step('orphaned logs', () =>
      round % ORPHAN_INTERVALS === 0 ? orphanedLogs.advance() : orphanedLogs.releaseDrained(),
    )
    await writeSystemEvents()
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
    const { fileSystem, root, spaceLimits, warn } = this.#options
    spaceLimits.observe(await fileSystem.space(root))
    for (const problem of spaceLimits.problems) warn('space', problem)
  }

  async #scan({ log, seal }: ClaimedLog): Promise<void> {
    if (!seal || seal.refusal) return
    await seal.scan(SCAN_BYTES)
    if (seal.difference) this.#options.onDifference(log, seal.difference)
  }

  async #letOldGo(source: ClaimedLog): Promise<void> {
    const { exclusively, record, trimAnnouncements } = this.#options
    if (trimAnnouncements.announcedFor(source) === undefined) {
      const plan = await this.#planByAge(source)
      if (!plan) return
      await record('trimmed', { source: source.log.source, firstKept: plan.firstKept, reason: 'age' })
      trimAnnouncements.announce(source, plan.firstKept)
    }
    await exclusively(() => trimAnnouncements.complete(source))
  }

  async #planByAge(source: ClaimedLog): Promise<TrimPlan | undefined> {
    const { log } = source
    const { clock, cursors, retentionMs } = this.#options
    const slowest = slowestCursorOf(source, cursors)
    if (retentionMs === Infinity || !slowest) return undefined
    const before = clock.now() - retentionMs
    const old = new Set<Extent>()
    for (const extent of log.extents.slice(0, -1)) {
      if (extent.end > slowest.offset || (await this.#ages.newestIn(source, extent)) >= before) break
      old.add(extent)
    }
    this.#ages.keepOnly(log.extents)
    return planTrim(
      log.extents,
      slowest.offset,
      (extent) => old.has(extent),
      ({ segment }) => log.sizeOf(segment),
    )
  }

  /** Does not wait, because a full disk may delay the record of a loss for long. */
  #passOverLag({ log }: ClaimedLog): void {
    for (const { name, logCursor, maxLagBytes } of this.#options.cursors.logCursorsOf(log)) {
      if (maxLagBytes === Infinity || this.#skipping.has(logCursor)) continue
      const target = lagTarget(log.extents, logCursor.offset, maxLagBytes, ({ segment }) => log.sizeOf(segment))
      if (target === undefined) continue
      this.#skipping.add(logCursor)
      this.#options.warn(
        `lag ${name}`,
        `Sink '${name}' is more than ${maxLagBytes} bytes behind; it skips to event ${target}, and the events in between are recorded as lost.`,
      )
      void logCursor
        .skipTo(target)
        .catch(() => undefined)
        .then(() => this.#skipping.delete(logCursor))
    }
  }
}
