import type { Clock, Timer } from '../clock.ts'
import type { Publish } from '../diagnostics.ts'
import type { Reporter } from '../logger.ts'
import type { AuditEvent } from '../event/event.ts'
import type { SystemEvents } from './system-events.ts'
import { LossLedger, type Loss, type LossReport } from './loss-ledger.ts'

export interface LossReportsOptions {
  readonly clock: Clock
  readonly systemEvents: SystemEvents
  readonly reporter: Reporter
  readonly publish: Publish
  /** Called when there may be a report to write. */
  readonly onDue: () => void
}

/** A report and the `audit:lost` event that records it. */
export interface DueReport {
  readonly report: LossReport
  readonly event: AuditEvent
}

/** A flood of losses becomes one event per second, not one per loss. */
const INTERVAL_MS = 1_000

/** Keeps the ledger of losses, and decides when its next report is due. */
export class LossReports {
  readonly #options: LossReportsOptions
  readonly #ledger = new LossLedger()
  #lastAt = -Infinity
  #timer: Timer | undefined

  constructor(options: LossReportsOptions) {
    this.#options = options
  }

  /** Losses that no log records. */
  get count(): number {
    return this.#ledger.count
  }

  add(loss: Omit<Loss, 'from' | 'to'>): void {
    const { clock, publish, reporter, onDue } = this.#options
    this.#ledger.add(loss, new Date(clock.now()).toISOString())
    publish('audit.events.lost', { count: loss.count, reason: loss.reason })
    reporter.error(
      `lost ${loss.reason}`,
      `${loss.count} '${loss.name}' events were lost: ${loss.reason}. The loss will be recorded as audit:lost.`,
    )
    onDue()
  }

  /** Returns the report to write now, if there is one. In a hurry it need not be old enough. */
  due(options: { readonly isHurried: boolean }): DueReport | undefined {
    if (this.#ledger.isEmpty) return undefined
    const now = this.#options.clock.monotonic()
    const waitMs = options.isHurried ? 0 : this.#lastAt + INTERVAL_MS - now
    if (waitMs > 0) return this.#wait(waitMs)
    this.#lastAt = now
    const report = this.#ledger.report()
    return { report, event: this.#options.systemEvents.create('lost', report) }
  }

  /** Call when the report is in the journal. */
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
