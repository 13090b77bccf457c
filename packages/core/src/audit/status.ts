import type { Deliverer, DelivererState } from '../deliver/deliverer.ts'
import type { DeliveryCounts } from '../deliver/delivery-counters.ts'
import type { JournalStatus } from '../journal/journal.ts'

/** submitted = rejected + lost + recorded + waiting, exactly, at any time. The library's own `audit:*` events are not included. */
export interface AuditStats {
  /** Events that the application submitted, with `record()` and similar calls. */
  readonly submitted: number
  /** Events whose caller was rejected, and that are in no log. */
  readonly rejected: number
  readonly lost: number
  readonly recorded: number
  /** Events in the queue that are not in the journal yet. */
  readonly waiting: number
  /** Recorded events whose caller was rejected before the journal confirmed them. */
  readonly unconfirmed: number
  /** Submitted events whose payload did not fit its schema; they were recorded all the same. */
  readonly invalid: number
  /** Denials above the limit, counted in `audit:suppressed` instead of being recorded. Not included in `submitted`. */
  readonly suppressed: number
  /** `audit:*` events written by the library itself. */
  readonly systemEvents: number
  /** Counters of the current sinks. Those of a removed sink are gone; an added sink starts with the events that wait for it. */
  readonly sinks: { readonly [name: string]: SinkStats }
}

/**
 * wanted = delivered + deadLettered + pending + lost, exactly, except while the journal is confirming. Includes the library's own
 * events that the sink wants.
 */
export interface SinkStats extends DeliveryCounts {
  readonly state: DelivererState
  readonly pending: number
}

export interface AuditHealth {
  /** `degraded`: something needs a look, nothing is lost. `failing`: events are being lost or rejected. */
  readonly status: 'ok' | 'degraded' | 'failing'
  /** One sentence per problem. */
  readonly problems: readonly string[]
  readonly journal: JournalStatus
  readonly sinks: { readonly [name: string]: SinkHealth }
  readonly lost: number
}

export interface SinkHealth {
  readonly state: DelivererState
  readonly pending: number
  /** RFC 3339; left out while the sink accepts events. */
  readonly failingSince?: string
  /** Kind and code of the last failure, without its text unless it is a SinkError. */
  readonly lastError?: string
}

export function sinkStats(deliverers: readonly Deliverer[]): AuditStats['sinks'] {
  return Object.fromEntries(
    deliverers.map((deliverer) => [deliverer.name, { state: deliverer.state, pending: deliverer.pending, ...deliverer.counts }]),
  )
}

export function healthOf(
  journal: JournalStatus,
  deliverers: readonly Deliverer[],
  losses: { lost: number; unreported: number },
): AuditHealth {
  const failing: string[] = []
  const degraded: string[] = []
  if (journal.state === 'full' || journal.state === 'unavailable') failing.push(`The journal is ${journal.state}.`)
  if (losses.unreported > 0) failing.push(`${losses.unreported} events were lost and are not recorded as audit:lost yet.`)
  if (journal.state === 'opening') degraded.push('The journal is not open yet.')
  degraded.push(...(journal.problems ?? []))
  for (const name of journal.detached ?? [])
    degraded.push(
      `The journal keeps events for sink '${name}', which is not configured. Add the sink, or run 'audit sinks forget ${name}'.`,
    )
  for (const { name, state, pending, failure } of deliverers) {
    if (failure)
      degraded.push(
        `Sink '${name}' is ${state} since ${new Date(failure.since).toISOString()}: ${failure.error}. ${pending} events wait.`,
      )
  }
  return {
    status: failing.length > 0 ? 'failing' : degraded.length > 0 ? 'degraded' : 'ok',
    problems: [...failing, ...degraded],
    journal,
    sinks: Object.fromEntries(deliverers.map((deliverer) => [deliverer.name, sinkHealth(deliverer)])),
    lost: losses.lost,
  }
}

function sinkHealth({ state, pending, failure }: Deliverer): SinkHealth {
  return { state, pending, ...(failure && { failingSince: new Date(failure.since).toISOString(), lastError: failure.error }) }
}
