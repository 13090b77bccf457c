import { AuditError } from '../errors.ts'
import {
  createLog,
  claimLog,
  whyNotContinued,
  type ClaimedLog,
  type ClaimOptions,
  offsetsReset,
  releaseLog,
  withheldLines,
} from './claimed-log.ts'
import {
  FORMAT,
  formatProblem,
  isMarkedDamaged,
  listSourceDirectories,
  readSourceDescription,
  markDamaged,
} from '../log-format/source-directory.ts'
import type { SystemAction } from '../event/event-pattern.ts'
import type { JournalOpenOptions } from '../journal/journal.ts'
import type { OrphanedLogs } from './orphaned-logs.ts'
import type { OpenCursors } from './readers/open-cursors.ts'
import type { PendingSystemEvents } from './pending-system-events.ts'
import { reportRecovery } from './recovery-report.ts'
import type { LogWriter } from './log/log-writer.ts'

export interface ActiveLogOptions {
  readonly root: string
  readonly journal: JournalOpenOptions
  readonly take: ClaimOptions
  readonly cursors: OpenCursors
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

interface ActiveLogClaim {
  readonly root: string
  readonly service: string
  readonly now: number
  readonly take: ClaimOptions
  readonly isTaken: (directory: string) => boolean
}

interface OpenedActiveLog {
  readonly own: ClaimedLog
  /** Logs that were taken before it and found broken, or different from their seal: they are read, never written. */
  readonly damaged: readonly ClaimedLog[]
}

const MAX_NEW = 10

/** Continues a log of this service that no process writes, or makes one. */
async function openActiveLog(options: ActiveLogClaim): Promise<OpenedActiveLog> {
  const { root, service, take, isTaken } = options
  const damaged: ClaimedLog[] = []
  for (const directory of await listSourceDirectories(take.fileSystem, root, service)) {
    const source = isTaken(directory)
      ? undefined
      : await takeFree(directory, options).catch((error: unknown) => take.aside.add(directory, error))
    if (source) take.aside.remove(directory)
    if (source && !whyNotContinued(source)) return { own: source, damaged }
    if (source) damaged.push(source)
  }
  for (let tries = 0; tries < MAX_NEW; tries++) {
    const own = await createLog(root, service, options.now, take)
    if (own) return { own, damaged }
  }
  throw new AuditError(
    'AUDIT_JOURNAL_UNAVAILABLE',
    `Other processes took every new log in '${root}' first. Start this process again.`,
  )
}

async function takeFree(directory: string, { service, take }: ActiveLogClaim): Promise<ClaimedLog | undefined> {
  const description = await readSourceDescription(take.fileSystem, directory)
  if (!description || description.service !== service) return undefined
  if (description.format === FORMAT) {
    const isDamaged = await isMarkedDamaged(take.fileSystem, directory)
    return isDamaged ? undefined : claimLog(directory, description.source, take)
  }
  take.warn(`format ${directory}`, formatProblem(directory, description.format))
  return undefined
}
