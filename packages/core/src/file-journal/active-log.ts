import type { SystemAction } from '../event/event-pattern.ts'
import type { JournalOpenOptions } from '../journal/journal.ts'
import type { OrphanedLogs } from './orphaned-logs.ts'
import type { Cursors } from './readers/cursors.ts'
import type { PendingSystemEvents } from './pending-system-events.ts'
import { openActiveLog } from './take-source.ts'
import { offsetsReset, releaseLog, whyNotContinued, withheldLines, type ClaimedLog, type ClaimOptions } from './claimed-log.ts'
import { reportRecovery } from './recovery-report.ts'
import { markDamaged } from '../log-format/source-directory.ts'
import type { LogWriter } from './log/log-writer.ts'

export interface ActiveLogOptions {
  readonly root: string
  readonly journal: JournalOpenOptions
  readonly take: ClaimOptions
  readonly cursors: Cursors
  readonly orphanedLogs: OrphanedLogs
  readonly systemEvents: PendingSystemEvents
}

/** The active log of this process: it continues one or makes one, and replaces it when it can no longer be written. */
export class ActiveLog {
  readonly #options: ActiveLogOptions
  #source: ClaimedLog | undefined
  /** Reason why no more lines are added: some cannot be read any more, or differ from the seal. */
  #broken: 'unreadable' | 'changed' | undefined

  constructor(options: ActiveLogOptions) {
    this.#options = options
  }

  /** Undefined before the first log is taken. */
  get source(): ClaimedLog | undefined {
    return this.#source
  }

  /** True if there is a log, this process owns it, and it can be read. */
  get isWritable(): boolean {
    return this.#source !== undefined && !this.#source.log.fencing.isLost && this.#broken === undefined
  }

  /** Adds nothing more to this log if it is the active one. Changed lines are not signed again either. */
  breakOff(log: LogWriter, reason: 'unreadable' | 'changed'): void {
    if (log !== this.#source?.log) return
    this.#broken ??= reason
    if (reason === 'changed') this.#source.seal?.refuse(reason)
  }

  /** Continues a log or makes one. Problems are recorded with the next append, because cursors may not be open yet. */
  async take(): Promise<void> {
    const { root, journal, take, cursors, orphanedLogs, systemEvents } = this.#options
    const isTaken = (directory: string) => orphanedLogs.sources.some((source) => source.directory === directory)
    const { own, damaged } = await openActiveLog({ root, service: journal.service, now: journal.clock.now(), take, isTaken })
    this.#source = own
    this.#broken = undefined
    await cursors.attach(own)
    this.#report(own)
    for (const taken of offsetsReset(own)) void systemEvents.add('recovered', taken)
    if (own.seal?.isRotated) void systemEvents.add('key-rotated', { source: own.log.source, keys: take.seal?.keys })
    for (const source of damaged) {
      const reason = whyNotContinued(source) ?? 'damaged'
      void systemEvents.add('recovered', { ...source.seal?.difference, source: source.log.source, reason })
      await this.#markDamaged(source, reason)
      if (source.recovered.isWithheld) {
        await releaseLog(source)
        continue
      }
      this.#report(source)
      for (const taken of offsetsReset(source)) void systemEvents.add('recovered', taken)
      await cursors.attach(source)
      await orphanedLogs.add(source)
    }
  }

  /** Takes another log. The previous one is read to its end, unless another process owns it now. */
  async replace(): Promise<void> {
    const before = this.#source
    const broken = this.#broken ?? 'unreadable'
    await this.take()
    if (!before) return
    const { cursors, orphanedLogs, systemEvents } = this.#options
    const isLost = before.log.fencing.isLost
    void systemEvents.add('recovered', { source: before.log.source, reason: isLost ? 'taken-over' : broken })
    if (isLost) {
      await cursors.detach(before.log)
      await releaseLog(before)
      return
    }
    await this.#markDamaged(before, broken)
    await orphanedLogs.add(before)
  }

  #report(source: ClaimedLog): void {
    const { take, systemEvents } = this.#options
    const record = (action: SystemAction, payload: unknown) => systemEvents.add(action, payload)
    reportRecovery(source, { ...take, record })
  }

  async #markDamaged(source: ClaimedLog, reason: string): Promise<void> {
    // Without the mark, the next start examines the log again.
    const { fileSystem } = this.#options.take
    await markDamaged(fileSystem, source.directory, reason, withheldLines(source)).catch(() => undefined)
  }
}
