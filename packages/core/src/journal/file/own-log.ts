import type { FactAction } from '../../event/event-pattern.ts'
import type { JournalOpenOptions } from '../journal.ts'
import type { Adoption } from './adoption.ts'
import type { FileReaders } from './file-readers.ts'
import type { OwnFacts } from './own-facts.ts'
import { openOwnSource } from './own-source.ts'
import { releaseSource, whyNotContinued, withheldLines, type OwnedSource, type TakeOptions } from './owned-source.ts'
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
  /** Lines of it cannot be read any more, so no more are added. */
  #isBroken = false
  readonly #gaps = new Set<string>()

  constructor(options: OwnLogOptions) {
    this.#options = options
  }

  /** None before the first was taken. */
  get source(): OwnedSource | undefined {
    return this.#source
  }

  /** It is there, this process has it, and it can be read. */
  get isWritable(): boolean {
    return this.#source !== undefined && !this.#source.log.ownership.isLost && !this.#isBroken
  }

  /** A stretch cannot be read. True if nobody had come upon it. */
  hasGap(log: SourceLog, from: number): boolean {
    if (log === this.#source?.log) this.#isBroken = true
    const isKnown = this.#gaps.has(`${log.source} ${from}`)
    this.#gaps.add(`${log.source} ${from}`)
    return !isKnown
  }

  /** Continues a log or makes one. What it finds out is told with the next append: its readers may not be there yet. */
  async take(): Promise<void> {
    const { root, journal, take, readers, adoption, facts } = this.#options
    const isTaken = (directory: string) => adoption.sources.some((source) => source.directory === directory)
    const { own, damaged } = await openOwnSource({ root, service: journal.service, now: journal.clock.now(), take, isTaken })
    this.#source = own
    this.#isBroken = false
    await readers.attach(own)
    this.#report(own)
    if (own.seal?.isRotated) void facts.add('key-rotated', { source: own.log.source, keys: take.seal?.keys })
    for (const source of damaged) {
      const reason = whyNotContinued(source) ?? 'damaged'
      void facts.add('recovered', { source: source.log.source, reason })
      await this.#markDamaged(source, reason)
      if (source.recovered.isWithheld) {
        await releaseSource(source)
        continue
      }
      this.#report(source)
      await readers.attach(source)
      await adoption.add(source)
    }
  }

  /** Takes another one; what the process had is read to its end, unless it is somebody else's now. */
  async replace(): Promise<void> {
    const before = this.#source
    await this.take()
    if (!before) return
    const { readers, adoption, facts } = this.#options
    const isLost = before.log.ownership.isLost
    void facts.add('recovered', { source: before.log.source, reason: isLost ? 'taken-over' : 'unreadable' })
    if (isLost) {
      await readers.detach(before.log)
      await releaseSource(before)
      return
    }
    await this.#markDamaged(before, 'unreadable')
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
