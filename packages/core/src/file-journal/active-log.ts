import type { FactAction } from '../event/event-pattern.ts'
import type { JournalOpenOptions } from '../journal/journal.ts'
import type { Adoption } from './orphaned-logs.ts'
import type { FileReaders } from './readers/cursors.ts'
import type { OwnFacts } from './pending-system-events.ts'
import { openOwnSource } from './take-source.ts'
import {
  placesTakenBack,
  releaseSource,
  whyNotContinued,
  withheldLines,
  type OwnedSource,
  type TakeOptions,
} from './claimed-log.ts'
import { reportRecovery } from './recovery-report.ts'
import { markDamaged } from '../log-format/source-directory.ts'
import type { SourceLog } from './log/log-writer.ts'

export interface OwnLogOptions {
  readonly root: string
  readonly journal: JournalOpenOptions
  readonly take: TakeOptions
  readonly readers: FileReaders
  readonly adoption: Adoption
  readonly facts: OwnFacts
}

/** The active log of this process: it continues one or makes one, and replaces it when it can no longer be written. */
export class OwnLog {
  readonly #options: OwnLogOptions
  #source: OwnedSource | undefined
  /** Reason why no more lines are added: some cannot be read any more, or differ from the seal. */
  #broken: 'unreadable' | 'changed' | undefined

  constructor(options: OwnLogOptions) {
    this.#options = options
  }

  /** Undefined before the first log is taken. */
  get source(): OwnedSource | undefined {
    return this.#source
  }

  /** True if there is a log, this process owns it, and it can be read. */
  get isWritable(): boolean {
    return this.#source !== undefined && !this.#source.log.ownership.isLost && this.#broken === undefined
  }

  /** Adds nothing more to this log if it is the active one. Changed lines are not signed again either. */
  breakOff(log: SourceLog, reason: 'unreadable' | 'changed'): void {
    if (log !== this.#source?.log) return
    this.#broken ??= reason
    if (reason === 'changed') this.#source.seal?.refuse(reason)
  }

  /** Continues a log or makes one. Problems are recorded with the next append, because cursors may not be open yet. */
  async take(): Promise<void> {
    const { root, journal, take, readers, adoption, facts } = this.#options
    const isTaken = (directory: string) => adoption.sources.some((source) => source.directory === directory)
    const { own, damaged } = await openOwnSource({ root, service: journal.service, now: journal.clock.now(), take, isTaken })
    this.#source = own
    this.#broken = undefined
    await readers.attach(own)
    this.#report(own)
    for (const taken of placesTakenBack(own)) void facts.add('recovered', taken)
    if (own.seal?.isRotated) void facts.add('key-rotated', { source: own.log.source, keys: take.seal?.keys })
    for (const source of damaged) {
      const reason = whyNotContinued(source) ?? 'damaged'
      void facts.add('recovered', { ...source.seal?.difference, source: source.log.source, reason })
      await this.#markDamaged(source, reason)
      if (source.recovered.isWithheld) {
        await releaseSource(source)
        continue
      }
      this.#report(source)
      for (const taken of placesTakenBack(source)) void facts.add('recovered', taken)
      await readers.attach(source)
      await adoption.add(source)
    }
  }

  /** Takes another log. The previous one is read to its end, unless another process owns it now. */
  async replace(): Promise<void> {
    const before = this.#source
    const broken = this.#broken ?? 'unreadable'
    await this.take()
    if (!before) return
    const { readers, adoption, facts } = this.#options
    const isLost = before.log.ownership.isLost
    void facts.add('recovered', { source: before.log.source, reason: isLost ? 'taken-over' : broken })
    if (isLost) {
      await readers.detach(before.log)
      await releaseSource(before)
      return
    }
    await this.#markDamaged(before, broken)
    await adoption.add(before)
  }

  #report(source: OwnedSource): void {
    const { take, facts } = this.#options
    const tell = (action: FactAction, payload: unknown) => facts.add(action, payload)
    reportRecovery(source, { ...take, tell })
  }

  async #markDamaged(source: OwnedSource, reason: string): Promise<void> {
    // Without the mark, the next start examines the log again.
    const { fileSystem } = this.#options.take
    await markDamaged(fileSystem, source.directory, reason, withheldLines(source)).catch(() => undefined)
  }
}
