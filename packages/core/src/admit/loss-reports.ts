import type { Clock, Timer } from '../clock.ts'
import type { Publish } from '../diagnostics.ts'
import type { Reporter } from '../logger.ts'
import type { AuditEvent } from '../event/event.ts'
import type { Facts } from './facts.ts'
import { LossLedger, type Loss, type LossReport } from './loss-ledger.ts'

export interface LossReportsOptions {
  readonly clock: Clock
  readonly facts: Facts
  readonly reporter: Reporter
  readonly publish: Publish
  /** There may be a report to write. */
  readonly onDue: () => void
}

/** A report and the `audit:lost` event that tells it. */
export interface DueReport {
  readonly report: LossReport
  readonly event: AuditEvent
}

/** A flood of losses is one event a second, not one a loss. */
const INTERVAL_MS = 1_000

/** Keeps the ledger of losses, and says when its next report is due. */
export class LossReports {
  readonly #options: LossReportsOptions
  readonly #ledger = new LossLedger()
  #lastAt = -Infinity
  #timer: Timer | undefined

  constructor(options: LossReportsOptions) {
    this.#options = options
  }

  /** Losses that no log knows of. */
  get count(): number {
    return this.#ledger.count
  }

  add(loss: Omit<Loss, 'from' | 'to'>): void {
    const { clock, publish, reporter, onDue } = this.#options
    this.#ledger.add(loss, new Date(clock.now()).toISOString())
    publish('audit.events.lost', { count: loss.count, reason: loss.reason })
    reporter.error(
      `lost ${loss.reason}`,
      `Lost ${loss.count} of '${loss.name}': ${loss.reason}. It will be recorded as audit:lost.`,
    )
    onDue()
  }

  /** The report to write now, if there is one. In a hurry it need not be old enough. */
  due(options: { readonly isHurried: boolean }): DueReport | undefined {
    if (this.#ledger.isEmpty) return undefined
    const now = this.#options.clock.monotonic()
    const waitMs = options.isHurried ? 0 : this.#lastAt + INTERVAL_MS - now
    if (waitMs > 0) return this.#wait(waitMs)
    this.#lastAt = now
    const report = this.#ledger.report()
    return { report, event: this.#options.facts.create('lost', report) }
  }

  /** The report is in the journal. */
  settle(report: LossReport): void {
    this.#ledger.settle(report)
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #wait(waitMs: number): undefined {
    this.#timer ??= this.#options.clock.schedule(waitMs, () => {
      this.#timer = undefined
      this.#options.onDue()
    })
  }
}
