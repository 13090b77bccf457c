import { hostname } from 'node:os'
import type { Intake } from '../intake/intake.ts'
import type { SystemEvents } from '../intake/system-events.ts'
import { delay, type Clock } from '../clock.ts'
import { isDoneWithin } from '../deadline.ts'
import type { Delivery } from '../deliver/delivery.ts'
import { describeFailure } from '../event/describe-failure.ts'
import { onProcessExit } from './process-exit.ts'
import type { JournalCapabilities } from '../journal/capabilities.ts'
import type { Journal } from '../journal/journal.ts'
import type { Seal } from '../journal/seal.ts'
import type { Logger, Reporter } from '../logger.ts'

export interface LifecycleOptions {
  readonly service: string
  readonly clock: Clock
  readonly journal: Journal
  readonly capabilities: Pick<JournalCapabilities, 'sealable'>
  readonly systemEvents: SystemEvents
  readonly intake: Intake
  readonly delivery: Delivery
  /** Records everything that was only counted so far as events. */
  readonly reportNow: () => void
  readonly execute: (command: unknown, owner: string) => Promise<unknown>
  readonly seal: Seal | undefined
  readonly reporter: Reporter
  readonly logger: Logger
}

const CLOSE_TIMEOUT_MS = 5_000
/** Time for a sink to stop after its signal; a sink that ignores it gets no more. */
const STOP_MS = 250
/** Time limit for sealing, before the sinks and again after them, for later events: a slow signer must not use all the time. */
const SEAL_MS = 1_000
/** A log that is released in order is free for the next process at once. Beyond this time, the disk hangs. */
const RELEASE_MS = 2_000
const OPEN_RETRY_MS = 1_000

/** Opens an audit in the background and closes it in order: input, queue, journal, sinks. */
export class Lifecycle {
  readonly #options: LifecycleOptions
  readonly #isClosing = new AbortController()
  readonly #takeBackNotice: () => void
  #opening: Promise<void> = Promise.resolve()
  #isJournalOpen = false
  #closed: Promise<void> | undefined

  constructor(options: LifecycleOptions) {
    this.#options = options
    this.#takeBackNotice = onProcessExit({
      // A batch that is still gathering does not keep the process running: it is sent now.
      onIdle: () => void options.delivery.flush(),
      onExit: () => this.#end(),
    })
  }

  open(): void {
    this.#opening = this.#open()
    this.#opening.then(
      () => this.#options.intake.start(),
      () => this.#openLater(),
    )
  }

  /**
   * Resolves when the journal is open, every sink has its offset in it and its destination is open, and the anchors can keep
   * checkpoints. Rejects with the reason.
   */
  ready(): Promise<void> {
    const { delivery, seal } = this.#options
    const ready = this.#opening.then(() => delivery.opened()).then(() => seal?.opened())
    ready.catch(() => undefined)
    return ready
  }

  close(timeoutMs: number = CLOSE_TIMEOUT_MS): Promise<void> {
    return (this.#closed ??= this.#close(timeoutMs))
  }

  async #open(): Promise<void> {
    const { journal, service, clock, systemEvents, intake, delivery, seal, reporter } = this.#options
    if (!this.#isJournalOpen) {
      await journal.open({
        service,
        clock,
        systemEvent: (action, payload) => intake.encode(systemEvents.create(action, payload)),
        onSystemEvents: (written) => intake.countSystemEvents(written),
        execute: this.#options.execute,
        ...(seal && { seal }),
        warn: (cause, message) => reporter.warn(cause, message),
      })
    }
    this.#isJournalOpen = true
    for (const problem of journal.status().problems ?? []) reporter.warn('journal', problem)
    await delivery.open(journal)
    // A failure is a problem of health(), and of ready().
    seal?.opened().catch(() => undefined)
  }

  async #openLater(): Promise<void> {
    const { clock, reporter } = this.#options
    const reason = await this.#opening.catch(describeFailure)
    if (this.#isClosing.signal.aborted) return
    reporter.error('open', `The audit could not be opened: ${String(reason)}. Events wait in the queue; trying again.`)
    await delay(clock, OPEN_RETRY_MS, this.#isClosing.signal, { keepAlive: false })
    if (!this.#isClosing.signal.aborted) this.open()
  }

  async #close(timeoutMs: number): Promise<void> {
    const { clock, journal, capabilities, systemEvents, intake, delivery } = this.#options
    const until = clock.monotonic() + timeoutMs
    const left = () => Math.max(0, until - clock.monotonic())
    this.#isClosing.abort()
    this.#options.reportNow()
    intake.closeIntake()
    intake.submitSystemEvent(systemEvents.create('closed', { service: this.#options.service, instance: hostname() }))
    await isDoneWithin(
      clock,
      left(),
      this.#opening.then(
        () => intake.synced(),
        () => undefined,
      ),
    )
    await isDoneWithin(clock, Math.max(left(), STOP_MS), intake.close())
    // While sinks still read, so that they get the last seal too.
    if (this.#isJournalOpen && capabilities.sealable)
      await isDoneWithin(clock, Math.min(SEAL_MS, Math.max(left(), STOP_MS)), capabilities.sealable.seal())

    const drained = new AbortController()
    const draining = delivery.drain(drained.signal)
    if (!(await isDoneWithin(clock, Math.max(0, left() - Math.min(SEAL_MS, timeoutMs / 5)), draining))) {
      drained.abort()
      await isDoneWithin(clock, STOP_MS, draining)
    }
    await this.#closeSinks()
    await isDoneWithin(clock, Math.max(left(), RELEASE_MS), journal.close())
    this.#takeBackNotice()
    // From here on, events wait only for a journal that hangs.
    const losses = intake.unreportedLosses + intake.waiting
    if (losses > 0) this.#options.logger.error(lossNotice(losses))
  }

  /** Does not wait for a sink that hangs in its last write or its close. */
  async #closeSinks(): Promise<void> {
    const { clock, delivery, journal, logger, reporter } = this.#options
    const pendingIsLost = journal.status().durability === 'process'
    const closing = delivery.deliverers.map(async (deliverer) => {
      const left = deliverer.pending
      const closed = deliverer
        .close({ pendingIsLost })
        .catch(() => reporter.warn(`close ${deliverer.name}`, `Sink '${deliverer.name}' failed to close.`))
      if (left > 0) logger[pendingIsLost ? 'error' : 'warn'](leftNotice(deliverer.name, left, pendingIsLost))
      await isDoneWithin(clock, STOP_MS, closed)
    })
    await Promise.all(closing)
  }

  /** Runs at the end of the process: writes waiting events, and returns a notice of those that cannot be saved. */
  #end(): string | undefined {
    const { intake, delivery, journal } = this.#options
    this.#options.reportNow()
    intake.writeNow()
    const losses = intake.unreportedLosses + intake.waiting
    const left = journal.status().durability === 'process' ? delivery.deliverers.filter(({ pending }) => pending > 0) : []
    const notices = left.map(({ name, pending }) => leftNotice(name, pending, true))
    if (losses > 0) notices.unshift(lossNotice(losses))
    return notices.length > 0 ? `The process ends without close(). ${notices.join(' ')}` : undefined
  }
}

function lossNotice(count: number): string {
  return `${count} events are lost, and no log records the loss.`
}

function leftNotice(sink: string, count: number, isLost: boolean): string {
  return isLost
    ? `${count} events were not delivered to sink '${sink}' and are lost.`
    : `${count} events wait in the journal for sink '${sink}'.`
}
