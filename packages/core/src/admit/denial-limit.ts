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
  /** Of one event and route. */
  readonly perMinute: number
  readonly tell: (suppressed: SuppressedDenials) => void
}

/** One event on one route, since the minute began. */
interface Denials {
  seen: number
  untold: { count: number; readonly reasons: Map<string, number>; readonly from: string; to: string } | undefined
}

const MINUTE_MS = 60_000
/** A scanner may try every route there is; the rest is counted together. */
const MAX_KEYS = 1_000
const MAX_REASONS = 20

/** Lets a few denials a minute through and counts the others exactly: a scanner's 401s are a line, not a flood. */
export class DenialLimit {
  readonly #options: DenialLimitOptions
  readonly #denials = new Map<string, Denials>()
  #timer: Timer | undefined
  #count = 0

  constructor(options: DenialLimitOptions) {
    this.#options = options
  }

  /** How many were suppressed, told or not. */
  get count(): number {
    return this.#count
  }

  /** Whether this one is not to be recorded; it is counted then. */
  suppresses(event: AuditEvent): boolean {
    if (!this.#timer) this.#timer = this.#options.clock.schedule(MINUTE_MS, () => this.#endMinute(), { keepAlive: false })
    const denials = this.#denialsOf(event)
    denials.seen++
    if (denials.seen <= this.#options.perMinute) return false
    this.#count++
    const { timestamp, reason = 'denied' } = event
    const untold = (denials.untold ??= { count: 0, reasons: new Map(), from: timestamp, to: timestamp })
    const told = untold.reasons.has(reason) || untold.reasons.size < MAX_REASONS ? reason : '(other)'
    untold.reasons.set(told, (untold.reasons.get(told) ?? 0) + 1)
    untold.count++
    untold.to = timestamp
    return true
  }

  /** Tells what was suppressed since the last time. The minute goes on. */
  tellNow(): void {
    for (const [key, denials] of this.#denials) {
      const { untold } = denials
      if (!untold) continue
      denials.untold = undefined
      const [event, route] = key.split(' ', 2) as [string, string]
      this.#options.tell({ event, route: route || '(none)', ...untold, reasons: Object.fromEntries(untold.reasons) })
    }
  }

  #denialsOf({ type, action, metadata }: AuditEvent): Denials {
    const name = `${type}:${action}`
    let key = `${name} ${metadata.request?.route?.replaceAll(' ', '') ?? ''}`
    if (!this.#denials.has(key) && this.#denials.size >= MAX_KEYS) key = `${name} (others)`
    const known = this.#denials.get(key) ?? { seen: 0, untold: undefined }
    this.#denials.set(key, known)
    return known
  }

  #endMinute(): void {
    this.tellNow()
    this.#denials.clear()
    this.#timer = undefined
  }
}
