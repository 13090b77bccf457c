import { AuditError } from '../../errors.ts'
import type { EncodedEvent } from '../../event/event.ts'
import type { ResolvedFileJournalOptions } from './file-journal-options.ts'
import type { DiskSpace } from './file-system.ts'
import { planTrim, type TrimPlan } from './retention.ts'
import type { SourceLog } from './source-log.ts'
import type { Laggard } from './trimming.ts'

/** Kept free for the library's own facts, so that a full journal can still say what was lost. */
const RESERVE_BYTES = 1 << 20
/** What a line has beyond the event's own text: source, sequence, checksum. */
const FRAME_BYTES = 256
const WARN_BYTES = 1 << 30
const STOP_BYTES = 128 << 20

/** Who is furthest behind. Asked only when room is short: there may be a thousand readers, and a group every millisecond. */
type FindLaggard = () => Laggard | undefined

/** How much the log may hold and how much of the disk it must leave. */
export class Bounds {
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
    return freeBytes < warnBytes ? [`The disk of the journal has ${mebibytes(freeBytes)} MiB left.`] : []
  }

  /** What the disk has now. */
  observe(space: DiskSpace): void {
    this.#space = space
  }

  /** Which segments must go so that the events fit, if any. Throws `AUDIT_JOURNAL_FULL` if too few may. */
  makeRoom(log: SourceLog, events: readonly EncodedEvent[], findLaggard: FindLaggard): TrimPlan | undefined {
    const isOwn = events.every((event) => event.type === 'audit')
    if (!isOwn && this.#isDiskFull) throw diskFullError(this.#space!, this.#stopBytes)
    const bytes = events.reduce((sum, event) => sum + event.byteLength + FRAME_BYTES, 0)
    const excess = log.bytes + bytes - this.#options.maxBytes - (isOwn ? RESERVE_BYTES : 0)
    // That a fact fits does not mean that there is room again.
    if (excess <= 0) return isOwn ? undefined : this.#fits()
    const laggard = findLaggard()
    const plan = laggard && this.#plan(log, excess, laggard.place)
    if (plan && plan.bytes >= excess) {
      if (!isOwn) this.#fits()
      return plan
    }
    this.#lacking = bytes
    throw this.#fullError(log, laggard ? `${laggard.who} has not taken event ${laggard.place} yet` : 'no sink takes them')
  }

  /** The room is there once a checkpoint covers that the oldest events go. */
  unsealed(log: SourceLog): AuditError {
    return this.#fullError(log, 'a signature must first cover the removal of the oldest events')
  }

  /** A reader moved: there may be room for what did not fit. */
  afterMove(log: SourceLog, findLaggard: FindLaggard): void {
    if (this.#lacking === 0) return
    const excess = log.bytes + this.#lacking - this.#options.maxBytes
    if (excess > 0) {
      const laggard = findLaggard()
      const plan = laggard && this.#plan(log, excess, laggard.place)
      if (!plan || plan.bytes < excess) return
    }
    this.#lacking = 0
  }

  /** Without any reader nobody has the events, so they stay. */
  #plan(log: SourceLog, excess: number, place: number): TrimPlan | undefined {
    const mayGo = (_: unknown, freed: number) => freed < excess
    return planTrim(log.extents, place, mayGo, ({ segment }) => log.sizeOf(segment))
  }

  #fullError(log: SourceLog, why: string): AuditError {
    return new AuditError(
      'AUDIT_JOURNAL_FULL',
      `Journal is full: ${log.bytes} of ${this.#options.maxBytes} bytes held, and ${why}. Free the sink, or raise maxBytes.`,
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
    `The disk of the journal has ${mebibytes(freeBytes)} MiB left, and ${mebibytes(stopBytes)} MiB must stay free. Free some, or lower freeSpace.stopBytes.`,
  )
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20)
}
