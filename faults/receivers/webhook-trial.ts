import { createAudit, memoryJournal, type Audit, type Clock, type Sink, type SinkEntry } from '../../packages/core/dist/index.js'
import { webhookSink } from '../../packages/sink-webhook/dist/index.js'
import { generateWebhookSecret } from '../../packages/webhook-signature/dist/index.js'
import { events } from '../harness/entries.ts'
import type { FaultRun } from '../harness/fault-row.ts'
import { naiveWebhook, naivetyOf } from '../harness/service/naive-webhook.ts'
import { switchedSink, type SwitchedSink } from '../harness/service/switched-sink.ts'
import { expectBalance } from '../harness/trail.ts'
import { HostileReceiver } from './hostile-receiver.ts'
import { expectReceived } from './received.ts'

/** Number of events recorded at once. */
const BURST = 1_000

export interface TrialOptions {
  readonly retry: NonNullable<Extract<SinkEntry, { sink: Sink }>['retry']>
  readonly clock?: Clock
  /** Largest number of events in a batch. */
  readonly events: number
  /** Before a try. */
  readonly onTry?: (firstId: string) => void
}

/** An audit in this process with one webhook, and its receiver. */
export class WebhookTrial {
  readonly receiver: HostileReceiver
  readonly audit: Audit<typeof events>
  readonly acknowledged: Map<number, string> = new Map()
  readonly #sink: SwitchedSink
  #isWriting = false

  private constructor(receiver: HostileReceiver, sink: Sink, { clock, retry, events: maxEvents, onTry }: TrialOptions) {
    this.receiver = receiver
    this.#sink = switchedSink(sink, 'up')
    const watched: Sink = {
      name: sink.name,
      write: async (batch, options) => {
        this.#isWriting = true
        onTry?.(batch.events[0]!.id)
        await this.#sink.write(batch, options).finally(() => (this.#isWriting = false))
      },
      close: async () => sink.close?.(),
    }
    this.audit = createAudit({
      service: 'books',
      events,
      journal: memoryJournal(),
      sinks: [{ sink: watched, from: 'oldest', batch: { maxEvents, maxAgeMs: 20 }, retry }],
      ...(clock && { clock }),
      logger: { warn: () => undefined, error: () => undefined },
    })
  }

  static async start(run: FaultRun, options: TrialOptions): Promise<WebhookTrial> {
    const secret = generateWebhookSecret()
    const receiver = new HostileReceiver({ secret, random: run.random })
    await receiver.start()
    const target = { name: 'hook', url: receiver.url, secret }
    const naivety = naivetyOf(run.control)
    return new WebhookTrial(receiver, naivety ? naiveWebhook({ ...target, naivety }) : webhookSink(target), options)
  }

  get tries(): number {
    return this.#sink.triedAt.length
  }

  /** The longest try; a running one counts with its time so far. */
  get slowestMs(): number {
    return Math.max(0, ...this.#sink.durations)
  }

  get isWriting(): boolean {
    return this.#isWriting
  }

  /** Rejects if the journal does not acknowledge an event. */
  async record(count: number): Promise<void> {
    for (let left = count; left > 0; left -= BURST) {
      const from = this.acknowledged.size
      const numbers = Array.from({ length: Math.min(left, BURST) }, (_, index) => from + index)
      const receipts = await Promise.all(numbers.map((n) => this.audit.record('entry:booked', { n })))
      for (const [index, { id, held }] of receipts.entries()) {
        if (held !== 'journal') throw new Error(`Entry ${from + index} is ${held}.`)
        this.acknowledged.set(from + index, id)
      }
    }
  }

  get pending(): number {
    return this.audit.stats().sinks['hook']!.pending
  }

  /** Closes it, and compares the deliveries with the promises. */
  async conclude(
    run: FaultRun,
    what: string,
  ): Promise<ReturnType<HostileReceiver['report']> & { readonly deadLettered: number }> {
    const { deadLettered } = this.audit.stats().sinks['hook']!
    // `audit:closed` is sent to a healthy receiver, because the clock does not move any more.
    this.receiver.reaction = undefined
    this.receiver.behaviour = 'well'
    await this.audit.close()
    await this.receiver.stop()
    const report = this.receiver.report()
    expectBalance(run, what, this.audit.stats())
    expectReceived(run, what, this.acknowledged, report)
    run.expect(deadLettered === 0, `${what}: ${deadLettered} dead letters`)
    run.expect(report.mostOpen <= 2, `${what}: ${report.mostOpen} sockets at one time`)
    return { ...report, deadLettered }
  }
}
