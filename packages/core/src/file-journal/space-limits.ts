import { AuditError } from '../errors.ts'
import type { EncodedEvent } from '../event/event.ts'
import type { ResolvedFileJournalOptions } from './file-journal-options.ts'
import type { DiskSpace } from '../log-format/file-system.ts'
import { planTrim, type TrimPlan, type SlowestCursor } from './retention.ts'
import type { LogWriter } from './log/log-writer.ts'

/** Reserved for system events, so that a full journal can still record what was lost. */
const RESERVE_BYTES = 1 << 20
/** Bytes of a line in addition to the event's own text: source, sequence, checksum. */
const FRAME_BYTES = 256
const WARN_BYTES = 1 << 30
const STOP_BYTES = 128 << 20

/** Finds the slowest cursor. Called only if space is short: there may be a thousand cursors, and a group every millisecond. */
type FindSlowest = () => SlowestCursor | undefined

/** Limits the bytes of the log, and keeps a part of the disk free. */
export class SpaceLimits {
  readonly #options: ResolvedFileJournalOptions
  #space: DiskSpace | undefined
  /** Bytes of the group that did not fit, until there is room for it. */
  #lacking = 0

  constructor(options: ResolvedFileJournalOptions) {
    this.#options = options
  }

  get isFull(): boolean {
    return this.#lacking > 0 || this.#isDiskFull
  }

  get problems(): readonly string[] {
    if (!this.#space) return []
    const { freeBytes, totalBytes } = this.#space
    const warnBytes = this.#options.freeSpace.warnBytes ?? Math.min(WARN_BYTES, totalBytes / 10)
    return freeBytes < warnBytes ? [`The journal's disk has only ${mebibytes(freeBytes)} MiB free.`] : []
  }

  /** Sets the current free space of the disk. */
  observe(space: DiskSpace): void {
    this.#space = space
  }

  /** The segments to remove so that the events fit, if any. Throws `AUDIT_JOURNAL_FULL` if too few may be removed. */
  makeRoom(log: LogWriter, events: readonly EncodedEvent[], findSlowest: FindSlowest): TrimPlan | undefined {
    const isOwn = events.every((event) => event.type === 'audit')
    if (!isOwn && this.#isDiskFull) throw diskFullError(this.#space!, this.#stopBytes)
    const bytes = events.reduce((sum, event) => sum + event.byteLength + FRAME_BYTES, 0)
    const excess = log.bytes + bytes - this.#options.maxBytes - (isOwn ? RESERVE_BYTES : 0)
    // A system event fits into the reserve, so it does not show that there is space again.
    if (excess <= 0) return isOwn ? undefined : this.#fits()
    const slowest = findSlowest()
    const plan = slowest && this.#plan(log, excess, slowest.offset)
    if (plan && plan.bytes >= excess) {
      if (!isOwn) this.#fits()
      return plan
    }
    this.#lacking = bytes
    throw this.#fullError(
      log,
      slowest ? `${slowest.who} has accepted nothing since event ${slowest.offset}` : 'no sink reads them',
    )
  }

  /** The error while no checkpoint covers the removal of the oldest events. */
  unsealed(log: LogWriter): AuditError {
    return this.#fullError(log, 'a signature must first cover the removal of the oldest events')
  }

  /** A cursor moved, so there may be space for the group that did not fit. */
  afterMove(log: LogWriter, findSlowest: FindSlowest): void {
    if (this.#lacking === 0) return
    const excess = log.bytes + this.#lacking - this.#options.maxBytes
    if (excess > 0) {
      const slowest = findSlowest()
      const plan = slowest && this.#plan(log, excess, slowest.offset)
      if (!plan || plan.bytes < excess) return
    }
    this.#lacking = 0
  }

  /** Events that no cursor has passed stay: no other copy of them exists. */
  #plan(log: LogWriter, excess: number, offset: number): TrimPlan | undefined {
    const mayGo = (_: unknown, freed: number) => freed < excess
    return planTrim(log.extents, offset, mayGo, ({ segment }) => log.sizeOf(segment))
  }

  #fullError(log: LogWriter, why: string): AuditError {
    return new AuditError(
      'AUDIT_JOURNAL_FULL',
      `Journal is full: ${log.bytes} of ${this.#options.maxBytes} bytes held, ${why}. Free the sink, or raise maxBytes.`,
    )
  }

  #fits(): undefined {
    this.#lacking = 0
  }

  get #isDiskFull(): boolean {
    return this.#space !== undefined && this.#space.freeBytes < this.#stopBytes
  }

  get #stopBytes(): number {
    return this.#options.freeSpace.stopBytes ?? Math.min(STOP_BYTES, (this.#space?.totalBytes ?? Infinity) / 50)
  }
}

function diskFullError({ freeBytes }: DiskSpace, stopBytes: number): AuditError {
  return new AuditError(
    'AUDIT_JOURNAL_FULL',
    `The journal's disk has ${mebibytes(freeBytes)} MiB free, and ${mebibytes(stopBytes)} MiB must stay free. Free some space, or lower freeSpace.stopBytes.`,
  )
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20)
}
