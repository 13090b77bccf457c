import { hostname } from 'node:os'
import type { Audit, TimeoutOptions } from './audit/audit.ts'
import { healthOf, sinkStats } from './audit/status.ts'
import { guarded } from './adapter/guarded.ts'
import { askNow } from './ask-now.ts'
import { internals } from './adapter/internals.ts'
import { Intake } from './intake/intake.ts'
import { DenialLimit } from './intake/denial-limit.ts'
import { createSystemEvents } from './intake/system-events.ts'
import { RefusalNotices } from './intake/refusal-notices.ts'
import { Attempt } from './capture/attempt.ts'
import { callOptions, reportUnknownOption } from './capture/call-options.ts'
import { createContextStorage, type AuditContext } from './capture/context.ts'
import { createMetadataReader } from './capture/metadata.ts'
import { createRecorder } from './capture/recorder.ts'
import { contextOf, snapshotOf } from './capture/snapshot.ts'
import { isDoneWithin } from './deadline.ts'
import { Delivery } from './deliver/delivery.ts'
import { createCommandExecutor } from './audit/commands.ts'
import { DeadLetterActions } from './audit/dead-letters-api.ts'
import { createPublisher } from './diagnostics.ts'
import { createEnrich } from './enrich/enricher.ts'
import { createRedactor } from './enrich/redact.ts'
import { AuditError, handledRejection } from './errors.ts'
import type { AnyCatalog } from './event/catalog.ts'
import { createStamp } from './event/stamp.ts'
import type { HeldLines } from './journal/held.ts'
import { Lifecycle } from './audit/lifecycle.ts'
import { createReporter } from './logger.ts'
import { createRunningSinks } from './audit/sinks-api.ts'
import { createSeal } from './seal/checkpoint-seal.ts'
import { resolveOptions, type AuditOptions } from './options/audit-options.ts'

const FLUSH_TIMEOUT_MS = 10_000

/**
 * Creates the audit trail of a service. Synchronous: the journal opens in the background, and events wait in the queue meanwhile.
 * Throws one `AUDIT_INVALID_OPTIONS` that lists every problem.
 */
export function createAudit<const C extends AnyCatalog>(given: AuditOptions<C>): Audit<C> {
  const options = resolveOptions(given)
  const { catalog, clock, journal } = options
  const reporter = createReporter(options.logger, clock)
  const stamp = createStamp(clock)
  const systemEvents = createSystemEvents(options.service, stamp)
  const contexts = createContextStorage()
  const reader = createMetadataReader({ members: options.actorMembers, convert: options.convert, reporter })
  const enrich = createEnrich(options.enrichers, createRedactor(options.redaction), reporter)
  const openRequests = new Set<() => void>()
  let invalid = 0

  const audit: Audit<C> = {
    record: (name, payload, recordOptions) =>
      rejecting(() => {
        const definition = recorder.definition(name)
        const writing = { status: 'success', ...callOptions('record', name, recordOptions), payload } as const
        return openEvent(name)?.settle(writing) ?? recorder.write(definition, writing)
      }),
    denied: (name, deniedOptions) =>
      rejecting(() => {
        const definition = recorder.definition(name)
        const denial = { ...callOptions('denied', name, deniedOptions), status: 'denied' } as const
        return openEvent(name)?.settle(denial) ?? recorder.write(definition, { payload: null, ...denial })
      }),
    begin: (name, known = null, beginOptions) =>
      rejecting(() => {
        const definition = recorder.definition(name)
        const begun = Attempt.begin(definition, known, callOptions('begin', name, beginOptions), recorder)
        begun.catch(() => undefined)
        return begun
      }),
    async attempt(name, payload, operation, beginOptions) {
      const event = await audit.begin(name, payload as never, beginOptions)
      try {
        const result = await contexts.run({ event }, () => operation(event))
        await event.succeed()
        return result
      } catch (error) {
        await event.fail(error)
        throw error
      }
    },
    run(context, callback) {
      reportUnknownOption('run', context, reporter)
      return contexts.run(reader.copyContext(context), callback)
    },
    snapshot: () => snapshotOf(contexts.current(), reader),
    restore: (snapshot, callback) => contexts.replace(reader.copyContext(contextOf(snapshot, reporter)), callback),
    annotate(annotation) {
      const { event } = contexts.current()
      if (event) event.annotate(annotation)
      else reporter.warn('annotate', 'annotate() was called where no event is open; nothing was added.')
    },
    ready: () => lifecycle.ready(),
    async synced(given) {
      const timeoutMs = timeoutOf('synced()', given) ?? options.maxWaitMs
      if (await isDoneWithin(clock, timeoutMs, intake.synced())) return
      throw timeout(`${intake.waiting} events are not journaled`, timeoutMs)
    },
    async flush(given) {
      const timeoutMs = timeoutOf('flush()', given) ?? FLUSH_TIMEOUT_MS
      reportNow()
      if (await isDoneWithin(clock, timeoutMs, flushAll())) return
      const lagging =
        delivery.lagging.length > 0
          ? `these sinks have undelivered events: ${delivery.lagging.join(', ')}`
          : 'the journal does not accept events'
      throw timeout(lagging, timeoutMs)
    },
    get sinks() {
      return sinks
    },
    get deadLetters() {
      return deadLetters
    },
    held: journal.held ?? nothingHeld,
    health: () =>
      healthOf(journal.status(), delivery.deliverers, { lost: intake.counts.lost, unreported: intake.unreportedLosses }),
    stats: () => ({
      ...intake.counts,
      waiting: intake.waiting,
      invalid,
      suppressed: denials.count,
      sinks: sinkStats(delivery.deliverers),
    }),
    close(given) {
      const { value: timeoutMs } = askNow(() => timeoutOf('close()', given))
      for (const settle of openRequests) guarded(audit, 'settling an open request', settle)
      delivery.closeIntake()
      denials.close()
      return lifecycle.close(timeoutMs)
    },
    [Symbol.asyncDispose]: () => audit.close(),
    [internals]: {
      catalog,
      reporter,
      service: options.service,
      context: contexts.current,
      enter: (context, callback) => contexts.replace(context as AuditContext, callback),
      openRequests,
      isDoneInTime: (promise) => isDoneWithin(clock, options.maxWaitMs, promise),
    },
  }

  const publish = createPublisher(audit)
  const delivery = new Delivery({
    targets: options.sinks,
    deadLetters: options.deadLetters,
    clock,
    reporter,
    publish,
    onAcknowledged: () => intake.retry(),
    onDeadLettered: (sink, { events }) => events[0]!.type !== 'audit' && refusals.count(sink),
  })
  const intake: Intake = new Intake({
    clock,
    journal,
    systemEvents,
    reporter,
    publish,
    queue: options.queue,
    maxWaitMs: options.maxWaitMs,
    maxEventBytes: options.maxEventBytes,
  })
  const refusals = new RefusalNotices(clock, (payload) => intake.submitSystemEvent(systemEvents.create('refused', payload)))
  const denials = new DenialLimit({
    clock,
    perMinute: options.anonymousDenialsPerMinute,
    tell: (payload) => intake.submitSystemEvent(systemEvents.create('suppressed', payload)),
  })
  const reportNow = () => {
    refusals.reportNow()
    denials.reportNow()
  }
  const sinks = createRunningSinks(delivery, catalog)
  const letters = new DeadLetterActions({ deadLetters: options.deadLetters, journal, delivery, intake, systemEvents })
  const deadLetters = letters.office
  const recorder = createRecorder({
    catalog,
    stamp,
    reporter,
    publish,
    reader,
    context: contexts.current,
    limits: options.payload,
    convert: options.convert,
    failMode: options.failMode,
    strict: options.strict,
    onInvalid: () => invalid++,
    submit(draft, { failMode, privileged, limited }) {
      if (limited && denials.suppresses(draft.event)) return Promise.resolve({ id: draft.event.id, held: 'suppressed' })
      const event = enrich({ ...draft, secrets: draft.definition.redact })
      publish('audit.event.captured', { event })
      return intake.submit(event, { bytes: draft.bytes, failMode, privileged })
    },
  })
  const seal = options.seal && createSeal(options.seal, clock, reporter)
  const lifecycle = new Lifecycle({
    service: options.service,
    clock,
    journal,
    systemEvents,
    intake,
    delivery,
    reportNow,
    execute: createCommandExecutor(journal, letters, seal),
    seal,
    reporter,
    logger: options.logger,
  })

  /** Returns the event of that name that is open in this context. */
  function openEvent(name: string): Attempt | undefined {
    const { event } = contexts.current()
    return Attempt.isAttempt(event) && event.name === name && !event.settled ? event : undefined
  }

  function rejecting<T>(call: () => Promise<T>): Promise<T> {
    try {
      return call()
    } catch (error) {
      // Not awaiting a call must never crash the process, so its rejection is handled already.
      intake.countRejected()
      return handledRejection(error)
    }
  }

  async function flushAll(): Promise<void> {
    await intake.synced()
    await delivery.flush()
  }

  intake.submitSystemEvent(systemEvents.create('opened', { service: options.service, instance: hostname(), pid: process.pid }))
  lifecycle.open()
  return Object.freeze(audit)
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

function timeout(what: string, timeoutMs: number): AuditError {
  return new AuditError('AUDIT_TIMEOUT', `After ${timeoutMs} ms, ${what}. Nothing is lost; try again, or see health().`)
}
