import { AuditError, handledRejection } from '../errors.ts'
import type { Timer } from '../clock.ts'
import { CountWaiters } from '../count-waiters.ts'
import { decodeEvent, encodeEvent } from '../event/encode.ts'
import type { AuditEvent, EncodedEvent, EventHeader, Receipt } from '../event/event.ts'
import { closedError, notConfirmedError, queueFullError } from './intake-errors.ts'
import type { IntakeOptions, SubmitOptions } from './intake-options.ts'
import type { LossReport } from './loss-ledger.ts'
import { LossReports, type DueReport } from './loss-reports.ts'
import { Queue } from './queue.ts'
import { WaitingEvent } from './waiting-event.ts'
import { WriterLoop, type WriterSource } from './writer-loop.ts'

// In: finished events, with the promise made to each caller. Out: groups of their texts for the journal, and a result for each.
// An event is lost here when the queue is full, or when the audit closes before the journal takes it; each such loss goes into
// the ledger.

interface Group {
  readonly events: readonly WaitingEvent[]
  readonly report?: LossReport
}

const MAX_GROUP_BYTES = 1 << 20
const OWN_BYTES = 1_024

export class Intake implements WriterSource<Group> {
  readonly #options: IntakeOptions
  readonly #queue: Queue
  readonly #losses: LossReports
  readonly #writer: WriterLoop<Group>
  #writing: readonly WaitingEvent[] = []
  /** `closing`: only outcomes and the library's own events are accepted. `closed`: nothing is accepted. */
  #state: 'open' | 'closing' | 'closed' = 'open'
  #sweepTimer: Timer | undefined
  /** Reached when every event before an ordinal is settled. */
  readonly #syncs = new CountWaiters()
  #submitted = 0
  readonly counts = { submitted: 0, rejected: 0, lost: 0, recorded: 0, unconfirmed: 0, systemEvents: 0 }

  constructor(options: IntakeOptions) {
    this.#options = options
    this.#queue = new Queue(options.queue)
    this.#writer = new WriterLoop(options, this)
    this.#losses = new LossReports({ ...options, onDue: () => this.#writer.poke() })
  }

  get queued(): number {
    return this.#queue.count
  }

  get isTaken(): boolean {
    return this.#queue.isTaken
  }

  /** Starts writing; until then, events wait in the queue. */
  start(): void {
    this.#writer.start()
  }

  /** Call when the journal may have room again. */
  retry(): void {
    this.#writer.retry()
  }

  /** The application's events in the queue or being written. */
  get waiting(): number {
    return this.#unsettled().filter((waiting) => !waiting.isSystemEvent).length
  }

  /** Rejects with `AUDIT_CLOSED`, `AUDIT_QUEUE_FULL` or `AUDIT_NOT_CONFIRMED`, the last two only if `failMode` is `closed`. */
  submit(event: AuditEvent, options: SubmitOptions): Promise<Receipt> {
    const { clock, maxWaitMs } = this.#options
    const isSystemEvent = event.type === 'audit'
    if (!isSystemEvent) this.counts.submitted++
    if (this.#state !== 'open' && !options.privileged) return this.#reject(closedError())
    const isClosed = this.#state === 'closed'
    if (isClosed || !this.#queue.hasRoomFor(options.bytes, options.privileged || options.failMode === 'closed')) {
      if (options.failMode === 'closed') return this.#reject(queueFullError(event))
      this.#lose(event, isClosed ? 'closed' : 'queue-full')
      return Promise.resolve({ id: event.id, held: 'lost' })
    }
    const waiting = new WaitingEvent(this.encode(event), {
      ...options,
      ordinal: this.#submitted++,
      deadline: clock.monotonic() + maxWaitMs,
    })
    this.#queue.add(waiting)
    this.#armSweep(maxWaitMs)
    this.#writer.poke({ mayLinger: options.linger && this.#queue.mayGather })
    return waiting.promise
  }

  /** Submits an event of the library itself, which is small and never rejected. */
  submitSystemEvent(event: AuditEvent): Promise<Receipt> {
    return this.submit(event, { bytes: OWN_BYTES, failMode: 'open', privileged: true, linger: false })
  }

  /** Counts a call that was rejected before it made an event. */
  countRejected(): void {
    this.counts.submitted++
    this.counts.rejected++
  }

  get unreportedLosses(): number {
    return this.#losses.count
  }

  /** Resolves when every event submitted before the call is recorded, lost or rejected. None of them lingers any more. */
  synced(): Promise<void> {
    const last = this.#unsettled().at(-1)
    if (!last) return Promise.resolve()
    this.#writer.poke()
    return this.#syncs.until(last.ordinal + 1)
  }

  /** From now on, accepts only outcomes and the library's own events. */
  closeIntake(): void {
    this.#state = 'closing'
  }

  take(maxEvents: number): { readonly group: Group; readonly events: readonly EncodedEvent[] } | undefined {
    const due = this.#losses.due({ isHurried: this.#state !== 'open' })
    if (due) return this.#groupOf(due)
    const events = this.#queue.take(maxEvents, MAX_GROUP_BYTES)
    if (events.length === 0) return undefined
    for (const event of events) event.state = 'writing'
    this.#writing = events
    return { group: { events }, events: events.map(({ event }) => event) }
  }

  recorded(group: Group, encoded: readonly EncodedEvent[]): void {
    this.#writing = []
    if (group.report) {
      this.#losses.settle(group.report)
      this.counts.systemEvents++
    }
    for (const waiting of group.events) {
      waiting.state = 'recorded'
      this.#queue.release(waiting)
      if (waiting.isSystemEvent) this.counts.systemEvents++
      else this.counts.recorded++
      if (waiting.rejected) this.#settleUnconfirmed(waiting)
      waiting.answer('journal')
    }
    this.#afterWriting()
    this.#options.publish('audit.events.recorded', { count: encoded.length })
  }

  returned(group: Group, error: unknown): void {
    this.#writing = []
    const kept = group.events.filter((waiting) => !waiting.rejected)
    for (const waiting of kept) waiting.state = 'queued'
    for (const waiting of group.events) {
      if (!waiting.rejected) continue
      waiting.state = 'cancelled'
      this.#queue.release(waiting)
      this.counts.rejected++
    }
    this.#queue.restore(kept)
    this.#options.publish('audit.journal.failed', { error })
    const message = AuditError.isInstance(error) ? error.message : 'It failed with an unknown error.'
    this.#options.reporter.error('journal', `The journal does not accept events: ${message} ${this.#queue.count} events wait.`)
    this.#resolveSyncs()
  }

  /** For the end of the process: hands waiting events, and those being written, to the journal before it returns, if possible. */
  writeNow(): void {
    const { synchronous } = this.#options.capabilities
    const waiting = this.#unsettled()
    const due = this.#losses.due({ isHurried: true })
    const report = due && this.#groupOf(due)
    const events = [...(report?.events ?? []), ...waiting.map(({ event }) => event)]
    if (!synchronous || events.length === 0) return
    try {
      synchronous.appendSync(events)
    } catch {
      // The caller reports on stderr which events could not be written.
      return
    }
    this.#queue.take(Infinity, Infinity)
    this.recorded({ events: waiting, ...(due && { report: due.report }) }, events)
  }

  /** Counts `audit:*` events that the journal wrote itself. */
  countSystemEvents(systemEvents: readonly EncodedEvent[]): void {
    this.counts.systemEvents += systemEvents.length
    this.#options.publish('audit.events.recorded', { count: systemEvents.length })
  }

  encode(event: AuditEvent): EncodedEvent {
    return encodeEvent(event, this.#options.maxEventBytes)
  }

  /** Stops writing. Waiting events are lost, and their callers notified; `unreportedLosses` has losses that no log records. */
  async close(): Promise<void> {
    this.#state = 'closed'
    await this.#writer.stop()
    this.#sweepTimer?.cancel()
    this.#losses.stop()
    for (const waiting of this.#unsettled()) {
      this.#queue.cancel(waiting)
      if (waiting.failMode === 'closed' && !waiting.answered) {
        waiting.reject(notConfirmedError(waiting.event))
        this.counts.rejected++
      } else {
        this.#lose(waiting.event, 'closed')
        waiting.answer('lost')
      }
    }
    this.#resolveSyncs()
    await this.#writeLastReport()
  }

  async #writeLastReport(): Promise<void> {
    const due = this.#losses.due({ isHurried: true })
    if (!due) return
    const { group, events } = this.#groupOf(due)
    try {
      await this.#options.journal.append(events)
      this.recorded(group, events)
    } catch {
      // The caller reports on stderr which events could not be written.
    }
  }

  #groupOf({ report, event }: DueReport): { readonly group: Group; readonly events: readonly EncodedEvent[] } {
    return { group: { events: [], report }, events: [this.encode(event)] }
  }

  #settleUnconfirmed(waiting: WaitingEvent): void {
    this.counts.unconfirmed++
    void this.submitSystemEvent(this.#options.systemEvents.notConfirmed(decodeEvent(waiting.event)))
  }

  #lose(event: EventHeader, reason: string): void {
    if (event.type !== 'audit') this.counts.lost++
    this.#losses.add({ name: `${event.type}:${event.action}`, reason, count: 1 })
  }

  #reject(error: AuditError): Promise<never> {
    this.counts.rejected++
    return handledRejection(error)
  }

  #afterWriting(): void {
    if (this.#queue.count === 0) {
      this.#sweepTimer?.cancel()
      this.#sweepTimer = undefined
    }
    this.#resolveSyncs()
  }

  #resolveSyncs(): void {
    if (!this.#syncs.isEmpty) this.#syncs.reach(this.#unsettled()[0]?.ordinal ?? Infinity)
  }

  /** Oldest first. */
  #unsettled(): WaitingEvent[] {
    return [...this.#writing, ...this.#queue.waiting()]
  }

  #armSweep(delayMs: number): void {
    this.#sweepTimer ??= this.#options.clock.schedule(delayMs, () => this.#sweep())
  }

  /** Answers the callers that have waited long enough. All wait equally long, so the oldest are the first. */
  #sweep(): void {
    this.#sweepTimer = undefined
    const now = this.#options.clock.monotonic()
    for (const waiting of this.#unsettled()) {
      if (waiting.answered) continue
      if (waiting.deadline > now) return this.#armSweep(Math.max(10, waiting.deadline - now))
      if (waiting.failMode === 'open') waiting.answer('memory')
      else this.#rejectLate(waiting)
    }
  }

  #rejectLate(waiting: WaitingEvent): void {
    waiting.reject(notConfirmedError(waiting.event))
    // An event being written may still reach the log; it is counted when the result is known.
    if (waiting.state !== 'queued') return
    this.#queue.cancel(waiting)
    this.counts.rejected++
    this.#resolveSyncs()
  }
}
