import type { Clock, Timer } from '../clock.ts'
import type { AuditEvent } from '../event/event.ts'

export interface SuppressedDenials {
  readonly event: string
  readonly route: string
  readonly reasons: Readonly<Record<string, number>>
  readonly count: number
  readonly from: string
  readonly to: string
}

export interface DenialLimitOptions {
  readonly clock: Clock
  /** Per event and route. */
  readonly perMinute: number
  readonly report: (suppressed: SuppressedDenials) => void
}

/** One event on one route, since the minute began. */
interface Denials {
  readonly event: string
  readonly route: string
  seen: number
  unreported: { count: number; readonly reasons: Map<string, number>; readonly from: string; to: string } | undefined
}

const MINUTE_MS = 60_000
/** A scanner may try any number of routes; beyond this many, denials are counted per event only. */
const MAX_ROUTES = 1_000
const MAX_REASONS = 20

/** Lets a few denials per minute through and counts the others exactly, so that a scanner's 401s become one line. */
export class DenialLimit {
  readonly #options: DenialLimitOptions
  readonly #denials = new Map<string, Denials>()
  #timer: Timer | undefined
  #count = 0
  #isClosed = false

  constructor(options: DenialLimitOptions) {
    this.#options = options
  }

  /** Number of suppressed denials, reported or not. */
  get count(): number {
    return this.#count
  }

  /** Returns true if this denial must not be recorded; then it is counted. */
  suppresses(event: AuditEvent): boolean {
    if (this.#isClosed) return false
    if (!this.#timer) this.#timer = this.#options.clock.schedule(MINUTE_MS, () => this.#endMinute(), { keepAlive: false })
    const denials = this.#denialsOf(event)
    denials.seen++
    if (denials.seen <= this.#options.perMinute) return false
    this.#count++
    const { timestamp, reason = 'denied' } = event
    const unreported = (denials.unreported ??= { count: 0, reasons: new Map(), from: timestamp, to: timestamp })
    const named = unreported.reasons.has(reason) || unreported.reasons.size < MAX_REASONS ? reason : '(other)'
    unreported.reasons.set(named, (unreported.reasons.get(named) ?? 0) + 1)
    unreported.count++
    unreported.to = timestamp
    return true
  }

  /** Reports the denials suppressed since the last report. Does not begin a new minute. */
  reportNow(): void {
    for (const denials of this.#denials.values()) {
      const { event, route, unreported } = denials
      if (!unreported) continue
      denials.unreported = undefined
      this.#options.report({ event, route, ...unreported, reasons: Object.fromEntries(unreported.reasons) })
    }
  }

  /** Reports the last suppressed denials, and suppresses none from now on: their count could not be recorded. */
  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#endMinute()
  }

  #denialsOf({ type, action, metadata }: AuditEvent): Denials {
    const event = `${type}:${action}`
    let route = metadata.request?.route ?? '(no route)'
    if (!this.#denials.has(`${event} ${route}`) && this.#denials.size >= MAX_ROUTES) route = '(other routes)'
    // The name of an event has no space.
    const key = `${event} ${route}`
    const known = this.#denials.get(key) ?? { event, route, seen: 0, unreported: undefined }
    this.#denials.set(key, known)
    return known
  }

  #endMinute(): void {
    this.reportNow()
    this.#denials.clear()
    this.#timer = undefined
  }
}
