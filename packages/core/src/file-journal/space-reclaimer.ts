import { isDoneWithin } from '../deadline.ts'
import type { EncodedEvent } from '../event/event.ts'
import type { JournalOpenOptions } from '../journal/journal.ts'
import type { SpaceLimits } from './space-limits.ts'
import type { OpenCursors } from './readers/open-cursors.ts'
import type { ClaimedLog } from './claimed-log.ts'
import { slowestCursorOf, type TrimAnnouncements } from './retention.ts'

export interface SpaceReclaimerOptions {
  readonly opening: Pick<JournalOpenOptions, 'clock' | 'systemEvent' | 'onSystemEvents'>
  readonly spaceLimits: SpaceLimits
  readonly cursors: OpenCursors
  readonly trimAnnouncements: TrimAnnouncements
  readonly write: (own: ClaimedLog, events: readonly EncodedEvent[]) => Promise<void>
}

/**
 * How long an append waits for a signature, if no segment can be removed before it. A local key takes some milliseconds with its
 * syncs.
 */
const SEAL_WAIT_MS = 1_000

/** Makes room in the active log by removing segments that are delivered and covered. */
export class SpaceReclaimer {
  readonly #options: SpaceReclaimerOptions

  constructor(options: SpaceReclaimerOptions) {
    this.#options = options
  }

  /**
   * Resolves once the events fit. Rejects with `AUDIT_JOURNAL_FULL` if no segment may be removed, or no signature covers the
   * removal yet.
   */
  async make(own: ClaimedLog, events: readonly EncodedEvent[]): Promise<void> {
    const { opening, spaceLimits, cursors, trimAnnouncements, write } = this.#options
    const plan = await this.#orSealed(own, () => spaceLimits.makeRoom(own.log, events, () => slowestCursorOf(own, cursors)))
    if (!plan) return
    // A removal that was announced once is not announced again by every try.
    if ((trimAnnouncements.announcedFor(own) ?? 0) < plan.firstKept) {
      const trimmed = opening.systemEvent('trimmed', { source: own.log.source, firstKept: plan.firstKept, reason: 'size' })
      await write(own, [trimmed])
      opening.onSystemEvents([trimmed])
      trimAnnouncements.announce(own, plan.firstKept)
    }
    await this.sealed(own)
    if (!(await trimAnnouncements.complete(own))) throw spaceLimits.unsealed(own.log)
  }

  /** Resolves once every event now in the log is sealed, or after a short wait: a signer may be unavailable. */
  async sealed({ seal }: ClaimedLog): Promise<void> {
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
  async #orSealed<T>(own: ClaimedLog, ask: () => T): Promise<T> {
    try {
      return ask()
    } catch (error) {
      if (!own.seal || own.seal.isUpToDate) throw error
      await this.sealed(own)
      return ask()
    }
  }
}
