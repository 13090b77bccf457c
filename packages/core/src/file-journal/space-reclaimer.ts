import { isDoneWithin } from '../deadline.ts'
import type { EncodedEvent } from '../event/event.ts'
import type { JournalOpenOptions } from '../journal/journal.ts'
import type { Bounds } from './space-limits.ts'
import type { FileReaders } from './readers/cursors.ts'
import type { OwnedSource } from './claimed-log.ts'
import { laggardOf, type Trimming } from './announce-trim.ts'

export interface RoomOptions {
  readonly opening: Pick<JournalOpenOptions, 'clock' | 'fact' | 'onFacts'>
  readonly bounds: Bounds
  readonly readers: FileReaders
  readonly trimming: Trimming
  readonly write: (own: OwnedSource, events: readonly EncodedEvent[]) => Promise<void>
}

/** How long an append waits for the signature that the room depends on. A local key takes some milliseconds with its syncs. */
const SEAL_WAIT_MS = 1_000

/** Makes room in the active log by removing segments that are delivered and covered. */
export class Room {
  readonly #options: RoomOptions

  constructor(options: RoomOptions) {
    this.#options = options
  }

  /**
   * Resolves once the events fit. Rejects with `AUDIT_JOURNAL_FULL` if no segment may be removed, or no signature covers the
   * removal yet.
   */
  async make(own: OwnedSource, events: readonly EncodedEvent[]): Promise<void> {
    const { opening, bounds, readers, trimming, write } = this.#options
    const plan = await this.#orSealed(own, () => bounds.makeRoom(own.log, events, () => laggardOf(own, readers)))
    if (!plan) return
    // A removal that was announced once is not announced again by every try.
    if ((trimming.announcedFor(own) ?? 0) < plan.firstKept) {
      const trimmed = opening.fact('trimmed', { source: own.log.source, firstKept: plan.firstKept, reason: 'size' })
      await write(own, [trimmed])
      opening.onFacts([trimmed])
      trimming.announce(own, plan.firstKept)
    }
    await this.sealed(own)
    if (!(await trimming.complete(own))) throw bounds.unsealed(own.log)
  }

  /** Resolves once every event now in the log is sealed, or after a short wait: a signer may be unavailable. */
  async sealed({ seal }: OwnedSource): Promise<void> {
    const { clock } = this.#options.opening
    if (seal)
      await isDoneWithin(
        clock,
        SEAL_WAIT_MS,
        seal.advance().catch(() => undefined),
        { keepAlive: false },
      )
  }

  /** Tries again once everything is sealed, if the room may depend on the seal. */
  async #orSealed<T>(own: OwnedSource, ask: () => T): Promise<T> {
    try {
      return ask()
    } catch (error) {
      if (!own.seal || own.seal.isUpToDate) throw error
      await this.sealed(own)
      return ask()
    }
  }
}
