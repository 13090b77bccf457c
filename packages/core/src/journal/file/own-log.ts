import type { FactAction } from '../../event/event-pattern.ts'
import type { JournalOpenOptions } from '../journal.ts'
import type { Adoption } from './adoption.ts'
import type { FileReaders } from './file-readers.ts'
import type { OwnFacts } from './own-facts.ts'
import { openOwnSource } from './own-source.ts'
import {
  placesTakenBack,
  releaseSource,
  whyNotContinued,
  withheldLines,
  type OwnedSource,
  type TakeOptions,
} from './owned-source.ts'
import { reportRecovery } from './recovery-report.ts'
import { markDamaged } from './source-directory.ts'
import type { SourceLog } from './source-log.ts'

export interface OwnLogOptions {
  readonly root: string
  readonly journal: JournalOpenOptions
  readonly take: TakeOptions
  readonly readers: FileReaders
  readonly adoption: Adoption
  readonly facts: OwnFacts
}

/** The log that this process writes: one it continues or makes, and another one when that cannot be written any more. */
export class OwnLog {
  readonly #options: OwnLogOptions
  #source: OwnedSource | undefined
  /** Reason why no more lines are added: some cannot be read any more, or differ from the seal. */
  #broken: 'unreadable' | 'changed' | undefined

  constructor(options: OwnLogOptions) {
    this.#options = options
  }

  /** None before the first was taken. */
  get source(): OwnedSource | undefined {
    return this.#source
  }

  /** It is there, this process has it, and it can be read. */
  get isWritable(): boolean {
    return this.#source !== undefined && !this.#source.log.ownership.isLost && this.#broken === undefined
  }

  /** If it is this log, nothing more is added to it. Changed lines are not signed again either. */
  breakOff(log: SourceLog, reason: 'unreadable' | 'changed'): void {
    if (log !== this.#source?.log) return
    this.#broken ??= reason
    if (reason === 'changed') this.#source.seal?.refuse(reason)
  }

  /** Continues a log or makes one. What it finds out is told with the next append: its readers may not be there yet. */
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

  /** Takes another one; what the process had is read to its end, unless it is somebody else's now. */
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
    // Without the mark the next start finds out once more.
    const { fileSystem } = this.#options.take
    await markDamaged(fileSystem, source.directory, reason, withheldLines(source)).catch(() => undefined)
  }
}
