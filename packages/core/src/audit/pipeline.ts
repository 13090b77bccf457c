import { hostname } from 'node:os'
import type { Draft, DraftPipeline, SubmitTerms } from '../capture/recorder.ts'
import { Delivery } from '../deliver/delivery.ts'
import { Enrichment } from '../enrich/enrichment.ts'
import { createRedactor } from '../enrich/redact.ts'
import type { Batch } from '../event/batch.ts'
import type { Receipt } from '../event/event.ts'
import { DenialLimit } from '../intake/denial-limit.ts'
import { Intake } from '../intake/intake.ts'
import { RefusalNotices } from '../intake/refusal-notices.ts'
import type { ResolvedOptions } from '../options/audit-options.ts'
import { createSeal } from '../seal/checkpoint-seal.ts'
import { createCommandExecutor } from './commands.ts'
import { DeadLetterActions } from './dead-letters-api.ts'
import { Lifecycle } from './lifecycle.ts'
import type { Runtime } from './runtime.ts'

/**
 * The way of an event from the recorder to the sinks: enrichment, intake, journal, delivery. In: drafts. Out: a receipt for each.
 * What may be lost, and where, is in the files of `intake/` and `deliver/`.
 */
export class Pipeline implements DraftPipeline {
  readonly intake: Intake
  readonly delivery: Delivery
  readonly denials: DenialLimit
  readonly deadLetters: DeadLetterActions
  readonly #options: ResolvedOptions
  readonly #runtime: Runtime
  readonly #enrichment: Enrichment
  readonly #refusals: RefusalNotices
  readonly #lifecycle: Lifecycle

  constructor(options: ResolvedOptions, runtime: Runtime) {
    const { journal, capabilities } = options
    const { clock, reporter, systemEvents, publish } = runtime
    this.#options = options
    this.#runtime = runtime
    this.#enrichment = new Enrichment(options.enrichers, createRedactor(options.redaction), reporter)
    this.intake = new Intake({ ...options, ...runtime })
    this.denials = new DenialLimit({
      clock,
      perMinute: options.anonymousDenialsPerMinute,
      report: (suppressed) => this.intake.submitSystemEvent(systemEvents.create('suppressed', suppressed)),
    })
    this.#refusals = new RefusalNotices(clock, (refused) =>
      this.intake.submitSystemEvent(systemEvents.create('refused', refused)),
    )
    this.delivery = new Delivery({
      clock,
      reporter,
      publish,
      targets: options.sinks,
      deadLetters: options.deadLetters,
      onAcknowledged: () => this.intake.retry(),
      onDeadLettered: (sink, batch) => this.#countRefusal(sink, batch),
    })
    this.deadLetters = new DeadLetterActions({
      deadLetters: options.deadLetters,
      sealable: capabilities.sealable,
      delivery: this.delivery,
      intake: this.intake,
      systemEvents,
    })
    const seal = options.seal && createSeal(options.seal, clock, reporter)
    this.#lifecycle = new Lifecycle({
      ...runtime,
      service: options.service,
      logger: options.logger,
      journal,
      capabilities,
      intake: this.intake,
      delivery: this.delivery,
      seal,
      execute: createCommandExecutor(capabilities, this.deadLetters, seal),
      reportNow: () => this.reportNow(),
    })
  }

  /** Opens the journal and the sinks in the background; events wait in the queue meanwhile. */
  open(): void {
    const payload = { service: this.#options.service, instance: hostname(), pid: process.pid }
    this.intake.submitSystemEvent(this.#runtime.systemEvents.create('opened', payload))
    this.#lifecycle.open()
  }

  ready(): Promise<void> {
    return this.#lifecycle.ready()
  }

  /** Enriches a draft and submits the event. A denial above the limit is counted instead. */
  submit(draft: Draft, { failMode, privileged, limited, linger }: SubmitTerms): Promise<Receipt> {
    if (limited && this.denials.suppresses(draft.event)) return Promise.resolve({ id: draft.event.id, held: 'suppressed' })
    const event = this.#enrichment.enrich({ ...draft, secrets: draft.definition.redact })
    this.#runtime.publish('audit.event.captured', { event })
    return this.intake.submit(event, { bytes: draft.bytes, failMode, privileged, linger })
  }

  /** Records what was only counted so far: refusals and suppressed denials. */
  reportNow(): void {
    this.#refusals.reportNow()
    this.denials.reportNow()
  }

  /** Resolves when everything submitted before the call is delivered or dead-lettered. */
  async flush(): Promise<void> {
    await this.intake.synced()
    await this.delivery.flush()
  }

  /** Never rejects. A second call returns the same promise. */
  close(timeoutMs: number | undefined): Promise<void> {
    this.delivery.closeIntake()
    this.denials.close()
    return this.#lifecycle.close(timeoutMs)
  }

  #countRefusal(sink: string, { events }: Batch): void {
    if (events[0]!.type !== 'audit') this.#refusals.count(sink)
  }
}
