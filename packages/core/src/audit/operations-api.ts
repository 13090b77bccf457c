import { guarded } from '../adapter/guarded.ts'
import { internals, type AuditInternals } from '../adapter/internals.ts'
import { askNow } from '../ask-now.ts'
import type { AuditContext } from '../capture/context.ts'
import type { Recorder } from '../capture/recorder.ts'
import { isDoneWithin } from '../deadline.ts'
import { AuditError } from '../errors.ts'
import type { HeldLines } from '../journal/held.ts'
import type { ResolvedOptions } from '../options/audit-options.ts'
import type { Audit, TimeoutOptions } from './audit.ts'
import type { Pipeline } from './pipeline.ts'
import type { Runtime } from './runtime.ts'
import { createRunningSinks } from './sinks-api.ts'
import { healthOf, sinkStats } from './status.ts'

export type OperationsApi<C> = Pick<
  Audit<C>,
  | 'ready'
  | 'synced'
  | 'flush'
  | 'sinks'
  | 'deadLetters'
  | 'held'
  | 'health'
  | 'stats'
  | 'close'
  | typeof Symbol.asyncDispose
  | typeof internals
>

const FLUSH_TIMEOUT_MS = 10_000

/** The part of an audit that operates it: waiting, status, sinks, dead letters, closing, and what adapters see. */
export function createOperationsApi<C>(
  options: ResolvedOptions,
  runtime: Runtime,
  pipeline: Pipeline,
  recorder: Recorder,
): OperationsApi<C> {
  const { journal, capabilities, maxWaitMs } = options
  const { clock, audit } = runtime
  const { intake, delivery, denials } = pipeline
  const openRequests = new Set<() => void>()
  const api: OperationsApi<C> = {
    ready: () => pipeline.ready(),
    async synced(given) {
      const timeoutMs = timeoutOf('synced()', given) ?? maxWaitMs
      if (await isDoneWithin(clock, timeoutMs, intake.synced())) return
      throw timeoutError(`${intake.waiting} events are not journaled`, timeoutMs)
    },
    async flush(given) {
      const timeoutMs = timeoutOf('flush()', given) ?? FLUSH_TIMEOUT_MS
      pipeline.reportNow()
      if (await isDoneWithin(clock, timeoutMs, pipeline.flush())) return
      const { lagging } = delivery
      throw timeoutError(
        lagging.length > 0 ? `these sinks have undelivered events: ${lagging.join(', ')}` : 'the journal does not accept events',
        timeoutMs,
      )
    },
    sinks: createRunningSinks(delivery, options.catalog),
    deadLetters: pipeline.deadLetters.api,
    held: capabilities.sealable?.held ?? nothingHeld,
    health: () =>
      healthOf(journal.status(), delivery.deliverers, { lost: intake.counts.lost, unreported: intake.unreportedLosses }),
    stats: () => ({
      ...intake.counts,
      waiting: intake.waiting,
      invalid: recorder.invalid,
      suppressed: denials.count,
      sinks: sinkStats(delivery.deliverers),
    }),
    close(given) {
      const { value: timeoutMs } = askNow(() => timeoutOf('close()', given))
      for (const settle of openRequests) guarded(audit, 'an open request', settle)
      return pipeline.close(timeoutMs)
    },
    [Symbol.asyncDispose]: () => api.close(),
    [internals]: internalsFor(options, runtime, openRequests),
  }
  return api
}

function internalsFor(options: ResolvedOptions, runtime: Runtime, openRequests: Set<() => void>): AuditInternals {
  const { clock, contexts, reporter } = runtime
  return {
    catalog: options.catalog,
    reporter,
    service: options.service,
    context: contexts.current,
    enter: (context, callback) => contexts.replace(context as AuditContext, callback),
    openRequests,
    isDoneInTime: (promise) => isDoneWithin(clock, options.maxWaitMs, promise),
  }
}

/** For a journal that is not sealed. */
const nothingHeld: HeldLines = {
  list: async () => [],
  async release({ log }) {
    throw new AuditError('AUDIT_INVALID_OPTIONS', `Nothing was released: '${log}' has no held lines.`)
  },
}

/** Throws `AUDIT_INVALID_OPTIONS` for a timeout that is not a number, or that cannot be read. */
function timeoutOf(call: string, given: TimeoutOptions | undefined): number | undefined {
  const { value, trouble } = askNow<unknown>(() => given?.timeoutMs)
  if (!trouble && (value === undefined || (typeof value === 'number' && value >= 0))) return value
  throw new AuditError('AUDIT_INVALID_OPTIONS', `${call}: timeoutMs must be a number of milliseconds, 0 or more.`)
}

function timeoutError(what: string, timeoutMs: number): AuditError {
  return new AuditError('AUDIT_TIMEOUT', `After ${timeoutMs} ms, ${what}. Nothing is lost; try again, or see health().`)
}
