import type { Clock } from '../clock.ts'
import { AuditError, handledRejection } from '../errors.ts'
import type { Publish } from '../diagnostics.ts'
import type { Reporter } from '../logger.ts'
import type { Batch } from '../event/batch.ts'
import { describeFailure } from '../event/describe-failure.ts'
import type { Cursors } from '../journal/cursors.ts'
import type { DeadLetter, DeadLetterStore } from '../journal/dead-letter-store.ts'
import { Deliverer } from './deliverer.ts'
import type { DeliveryTarget } from './delivery-target.ts'
import { SinkRegistration } from './sink-registration.ts'
import { removeSink, type RemovedSink } from './remove-sink.ts'
import type { ReplayResult } from './replay.ts'

export interface DeliveryOptions {
  readonly targets: readonly DeliveryTarget[]
  readonly deadLetters: DeadLetterStore
  readonly clock: Clock
  readonly reporter: Reporter
  readonly publish: Publish
  readonly onAcknowledged: () => void
  readonly onDeadLettered: (sink: string, batch: Batch) => void
}

/** All deliverers of an audit. They are independent, so none waits for another. */
export class Delivery {
  readonly #options: DeliveryOptions
  readonly #registrations = new Map<string, SinkRegistration>()
  #cursors: Cursors | undefined
  /** `open`: sinks can be added and removed. `closing`: no more. `ended`: no sink gets a cursor any more, either. */
  #state: 'open' | 'closing' | 'ended' = 'open'

  constructor(options: DeliveryOptions) {
    this.#options = options
    for (const target of options.targets) this.#registrations.set(target.name, new SinkRegistration(target))
  }

  /** Deliverers of the sinks that have a cursor in the journal. */
  get deliverers(): readonly Deliverer[] {
    return Array.from(this.#registrations.values()).flatMap(({ deliverer }) => deliverer ?? [])
  }

  /** Names of all sinks, in the order in which they were added. */
  get names(): readonly string[] {
    return [...this.#registrations.keys()]
  }

  /** Opens the cursor of each sink and begins to deliver; `cursors` are open. After a rejection, another call opens the remaining ones. */
  async open(cursors: Cursors): Promise<void> {
    this.#cursors = cursors
    for (const registration of this.#registrations.values()) await this.#place(registration, cursors)
  }

  /**
   * Resolves when the sink has its offset in the journal, which waits for the journal to be open. Rejects with `AUDIT_CLOSED`,
   * with `AUDIT_INVALID_OPTIONS` if the name is taken, and with any error of the journal.
   */
  async add(target: DeliveryTarget): Promise<void> {
    this.#checkOpen()
    const { name } = target
    if (this.#registrations.has(name)) {
      throw new AuditError(
        'AUDIT_INVALID_OPTIONS',
        `There is a sink '${name}' already. Remove it first, or give this one another name.`,
      )
    }
    const registration = new SinkRegistration(target)
    this.#registrations.set(name, registration)
    if (!this.#cursors) return registration.placed
    try {
      await this.#place(registration, this.#cursors)
    } catch (error) {
      this.#registrations.delete(name)
      throw error
    }
  }

  /**
   * Ends delivery to a sink once the write under way has settled, or is aborted after `timeoutMs`; then the sink is closed and
   * its name is free. Rejects with `AUDIT_CLOSED`, and with `AUDIT_INVALID_OPTIONS` if no sink has that name.
   */
  async remove(name: string, timeoutMs: number): Promise<RemovedSink> {
    this.#checkOpen()
    const registration = this.#registrations.get(name)
    if (registration) return (registration.removal ??= this.#remove(registration, timeoutMs))
    const known = this.names.map((each) => `'${each}'`).join(', ') || 'none'
    throw new AuditError('AUDIT_INVALID_OPTIONS', `There is no sink '${name}'. There are: ${known}.`)
  }

  /** Resolves when every sink has opened its destination. Rejects with `AUDIT_SINK_FAILED` and the reasons of those that cannot. */
  async opened(): Promise<void> {
    const reasons: string[] = []
    const open = async (deliverer: Deliverer) => {
      await deliverer.opened().catch((error: unknown) => {
        reasons.push(`Sink '${deliverer.name}' cannot be opened: ${describeFailure(error)}.`)
      })
    }
    await Promise.all(this.deliverers.map(open))
    if (reasons.length > 0) throw new AuditError('AUDIT_SINK_FAILED', `${reasons.join(' ')} Events wait in the journal.`)
  }

  async flush(): Promise<void> {
    await Promise.all(this.deliverers.map((deliverer) => deliverer.flush()))
  }

  /** From now on, no sink can be added or removed. */
  closeIntake(): void {
    if (this.#state === 'open') this.#state = 'closing'
  }

  /** Delivers pending events at once, until none is left or `signal` aborts. No sink gets a cursor any more. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#state = 'ended'
    for (const { deliverer, refuse } of this.#registrations.values()) if (!deliverer) refuse(closedError())
    await Promise.all(this.deliverers.map((deliverer) => deliverer.drain(signal)))
  }

  /** Sends dead letters to their sink again. */
  replay(sink: string, letters: readonly DeadLetter[]): Promise<ReplayResult> {
    const deliverer = this.#registrations.get(sink)?.deliverer
    if (deliverer) return deliverer.replay(letters)
    return handledRejection(new AuditError('AUDIT_SINK_FAILED', `There is no sink '${sink}' now. Add it, then replay.`))
  }

  get lagging(): readonly string[] {
    return this.deliverers
      .filter(({ pending }) => pending > 0)
      .map(({ name, pending, state }) => `'${name}' (${state}, ${pending} pending)`)
  }

  #place(registration: SinkRegistration, cursors: Cursors): Promise<void> {
    if (registration.removal) return Promise.resolve()
    registration.placing ??= this.#openCursor(registration, cursors).catch((error: unknown) => {
      registration.placing = undefined
      throw error
    })
    return registration.placing
  }

  async #openCursor(registration: SinkRegistration, cursors: Cursors): Promise<void> {
    const { onDeadLettered } = this.#options
    const { target } = registration
    const cursor = await cursors.cursor(target.name, {
      ...target,
      onUnwanted: (count) => registration.deliverer?.counters.unwanted(count),
      onLost: (count) => registration.deliverer?.counters.lost(count),
    })
    if (this.#state === 'ended') {
      await cursor.close()
      throw closedError()
    }
    const deliverer = new Deliverer({
      ...this.#options,
      ...target,
      cursor,
      onDeadLettered: (batch) => onDeadLettered(target.name, batch),
    })
    registration.begin(deliverer)
  }

  async #remove(registration: SinkRegistration, timeoutMs: number): Promise<RemovedSink> {
    const { clock, reporter } = this.#options
    await registration.placing?.catch(() => undefined)
    const removed = await removeSink(registration.target, registration.deliverer, { clock, reporter, timeoutMs })
    this.#registrations.delete(registration.target.name)
    registration.refuse(
      new AuditError('AUDIT_SINK_FAILED', `Sink '${registration.target.name}' was removed before the journal was open.`),
    )
    return removed
  }

  #checkOpen(): void {
    if (this.#state !== 'open') throw closedError()
  }
}

function closedError(): AuditError {
  return new AuditError('AUDIT_CLOSED', 'The audit is closed, and so are its sinks.')
}
