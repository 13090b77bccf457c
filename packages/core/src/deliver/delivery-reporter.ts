import type { Publish } from '../diagnostics.ts'
import type { Reporter } from '../logger.ts'
import type { Batch } from '../event/batch.ts'
import { describeFailure } from '../event/describe-failure.ts'

/** Logs and publishes what happens to one sink. */
export interface DeliveryReporter {
  readonly unopened: (error: unknown) => void
  delivered(count: number): void
  refused(count: number, error: unknown): void
  failed(count: number, error: unknown, pending: number, delayMs: number): void
  parked(reason: string, error: unknown, pending: number): void
  resumed(): void
  deadLettered(letters: readonly Batch[], reason: string): void
  stopped(error: unknown, pending: number): void
}

export function createDeliveryReporter(sink: string, reporter: Reporter, publish: Publish): DeliveryReporter {
  return {
    unopened: (error) => {
      const what = `Sink '${sink}' cannot be opened: ${describeFailure(error)}.`
      reporter.error(`open ${sink}`, `${what} Its events wait in the journal; delivery is still tried.`)
    },
    delivered: (count) => publish('audit.batch.delivered', { sink, count }),
    refused: (count, error) => publish('audit.batch.refused', { sink, count, error }),
    failed(count, error, pending, delayMs) {
      publish('audit.batch.retried', { sink, count, error, delayMs })
      const what = `Sink '${sink}' failed: ${describeFailure(error)}.`
      reporter.warn(`failed ${sink}`, `${what} ${pending} events wait; trying again in ${delayMs} ms.`)
    },
    parked(reason, error, pending) {
      publish('audit.sink.parked', { sink, reason })
      const what = `Sink '${sink}' is parked because ${reason}: ${describeFailure(error)}.`
      reporter.error(`parked ${sink}`, `${what} ${pending} events wait.`)
    },
    resumed() {
      publish('audit.sink.resumed', { sink })
      reporter.warn(`resumed ${sink}`, `Sink '${sink}' accepts events again.`)
    },
    deadLettered(letters, reason) {
      reporter.warn(
        `dead ${sink}`,
        `Sink '${sink}' refused ${letters.length} events for good (${reason}); they are kept in the dead letters.`,
      )
      for (const { events } of letters) publish('audit.event.dead-lettered', { sink, id: events[0]!.id })
    },
    stopped(error, pending) {
      reporter.error(`stopped ${sink}`, `Delivery to sink '${sink}' stopped: ${describeFailure(error)}. ${pending} events wait.`)
    },
  }
}
