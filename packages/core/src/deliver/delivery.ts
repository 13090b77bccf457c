import type { Clock } from '../clock.ts'
import { AuditError, handledRejection } from '../errors.ts'
import type { Publish } from '../diagnostics.ts'
import type { Reporter } from '../logger.ts'
import type { Batch, BatchLimits } from '../event/batch.ts'
import { describeFailure } from '../event/describe-failure.ts'
import type { EncodedEvent, EventFacts } from '../event/event.ts'
import type { Journal } from '../journal/journal.ts'
import type { Sink } from '../sink/sink.ts'
import type { DeadLetter, DeadLetters } from '../journal/dead-letter-store.ts'
import { Deliverer } from './deliverer.ts'
import { Post } from './sink-registration.ts'
import { removeSink, type RemovedSink } from './remove-sink.ts'
import { replayLetters, type ReplayResult } from './replay.ts'
import type { RetryPolicy } from './retry-policy.ts'
import { Tally } from './tally.ts'

/** A sink and how to deliver to it. */
export interface DeliveryTarget {
  readonly name: string
  readonly sink: Sink
  readonly wants: (event: EventFacts) => boolean
  readonly batch: BatchLimits
  readonly retry: RetryPolicy
  readonly from: 'now' | 'oldest'
  readonly maxLagBytes: number
}

export interface DeliveryOptions {
  readonly targets: readonly DeliveryTarget[]
  readonly deadLetters: DeadLetters
  readonly clock: Clock
  readonly reporter: Reporter
  readonly publish: Publish
  readonly onAcknowledged: () => void
  readonly onDeadLettered: (sink: string, batch: Batch) => void
}

/** All deliverers of an audit. They are independent, so none waits for another. */
export class Delivery {
  readonly #options: DeliveryOptions
  readonly #posts = new Map<string, Post>()
  readonly #tally = new Tally()
  #journal: Journal | undefined
  #isClosing = false
  #hasEnded = false

  constructor(options: DeliveryOptions) {
    this.#options = options
    for (const target of options.targets) this.#posts.set(target.name, new Post(target))
  }

  /** Deliverers of the sinks that have a cursor in the journal. */
  get deliverers(): readonly Deliverer[] {
    return Array.from(this.#posts.values()).flatMap(({ deliverer }) => deliverer ?? [])
  }

  /** Names of all sinks, in the order in which they were added. */
  get names(): readonly string[] {
    return [...this.#posts.keys()]
  }

  /** Opens each sink's cursor in the journal and begins to deliver. After a rejection, another call opens the remaining ones. */
  async open(journal: Journal): Promise<void> {
    this.#journal = journal
    this.#tally.begin(journal.status())
    for (const post of this.#posts.values()) await this.#place(post, journal)
  }

  /**
   * Resolves when the sink has its place in the journal, which waits for the journal to be open. Rejects with `AUDIT_CLOSED`,
   * with `AUDIT_INVALID_OPTIONS` if the name is taken, and with any error of the journal.
   */
  async add(target: DeliveryTarget): Promise<void> {
    this.#checkOpen()
    const { name } = target
    if (this.#posts.has(name)) {
      throw new AuditError(
        'AUDIT_INVALID_OPTIONS',
        `There is a sink '${name}' already. Remove it first, or give this one another name.`,
      )
    }
    const post = new Post(target)
    this.#posts.set(name, post)
    if (!this.#journal) return post.placed
    try {
      await this.#place(post, this.#journal)
    } catch (error) {
      this.#posts.delete(name)
      throw error
    }
  }

  /**
   * Ends delivery to a sink once the write under way has settled, or is aborted after `timeoutMs`; then the sink is closed and
   * its name is free. Rejects with `AUDIT_CLOSED`, and with `AUDIT_INVALID_OPTIONS` if no sink has that name.
   */
  async remove(name: string, timeoutMs: number): Promise<RemovedSink> {
    this.#checkOpen()
    const post = this.#posts.get(name)
    if (post) return (post.removal ??= this.#remove(post, timeoutMs))
    const known = this.names.map((each) => `'${each}'`).join(', ') || 'none'
    throw new AuditError('AUDIT_INVALID_OPTIONS', `There is no sink '${name}'. There are: ${known}.`)
  }

  /** Call when the journal holds these events. */
  countWanted(events: readonly EncodedEvent[]): void {
    this.#tally.told(events.length)
    for (const { target, deliverer, counted } of this.#posts.values()) {
      if (!deliverer) continue
      let wanted = 0
      for (const event of counted.rest(events)) if (target.wants(event)) wanted++
      if (wanted > 0) deliverer.books.wanted(wanted)
    }
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
  closeEntrance(): void {
    this.#isClosing = true
  }

  /** Delivers pending events at once, until none is left or `signal` aborts. No sink gets a cursor any more. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#hasEnded = true
    for (const { deliverer, refuse } of this.#posts.values()) if (!deliverer) refuse(closedError())
    await Promise.all(this.deliverers.map((deliverer) => deliverer.drain(signal)))
  }

  /** Sends dead letters to their sink again. */
  replay(sink: string, letters: readonly DeadLetter[]): Promise<ReplayResult> {
    const { deliverer, target } = this.#posts.get(sink) ?? {}
    if (!deliverer || !target) {
      return handledRejection(new AuditError('AUDIT_SINK_FAILED', `There is no sink '${sink}' now. Add it, then replay.`))
    }
    const write = (batch: Batch) => deliverer.write(batch)
    const options = { write, deadLetters: this.#options.deadLetters, maxEvents: target.batch.maxEvents }
    return deliverer.between(() => replayLetters(letters, options))
  }

  get lagging(): readonly string[] {
    return this.deliverers
      .filter(({ pending }) => pending > 0)
      .map(({ name, pending, state }) => `'${name}' (${state}, ${pending} pending)`)
  }

  #place(post: Post, journal: Journal): Promise<void> {
    if (post.removal) return Promise.resolve()
    post.placing ??= this.#take(post, journal).catch((error: unknown) => {
      post.placing = undefined
      throw error
    })
    return post.placing
  }

  async #take(post: Post, journal: Journal): Promise<void> {
    const { onDeadLettered } = this.#options
    const { target } = post
    const cursor = await journal.cursor(target.name, {
      ...target,
      onFound: (count) => post.deliverer?.books.wanted(count),
      onUnwanted: (count) => post.deliverer?.books.unwanted(count),
      onLost: (count) => post.deliverer?.books.lost(count),
    })
    if (this.#hasEnded) {
      await cursor.close()
      throw closedError()
    }
    const deliverer = new Deliverer({
      ...this.#options,
      ...target,
      cursor,
      onDeadLettered: (batch) => onDeadLettered(target.name, batch),
    })
    post.begin(deliverer, this.#tally.untold(journal.status()))
  }

  async #remove(post: Post, timeoutMs: number): Promise<RemovedSink> {
    const { clock, reporter } = this.#options
    await post.placing?.catch(() => undefined)
    const removed = await removeSink(post.target, post.deliverer, { clock, reporter, timeoutMs })
    this.#posts.delete(post.target.name)
    post.refuse(new AuditError('AUDIT_SINK_FAILED', `Sink '${post.target.name}' was removed before the journal was open.`))
    return removed
  }

  #checkOpen(): void {
    if (this.#isClosing) throw closedError()
  }
}

function closedError(): AuditError {
  return new AuditError('AUDIT_CLOSED', 'The audit is closed, and so are its sinks.')
}
