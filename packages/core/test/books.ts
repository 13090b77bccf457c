import { memoryJournal } from '../src/journal/memory-journal.ts'
import { expect } from 'vitest'
import { z } from 'zod'
import {
  createAudit,
  defineEvents,
  memorySink,
  type AnyCatalog,
  type Audit,
  type AuditOptions,
  type MemorySink,
  type Sink,
} from '../src/index.ts'
import { manualClock, type ManualClock } from '../src/testing/index.ts'

// The counts add up: submitted = rejected + lost + recorded + waiting, and per sink wanted = delivered + deadLettered + pending +
// lost, whatever the sinks and the journal do. The sum of a sink is counted by its cursor. A sink that wants every event from the
// beginning is compared with a second count: the events that the writer loop recorded.

const events = defineEvents({
  flag: { created: z.object({ key: z.string() }), deleted: { payload: z.object({ key: z.string() }), failMode: 'closed' } },
})

export interface Books {
  readonly audit: Audit<AnyCatalog>
  readonly clock: ManualClock
  /** A sink that accepts everything, in addition to those given. */
  readonly good: MemorySink
  /** Messages of the logger. */
  readonly said: readonly string[]
}

export function openBooks(sinks: readonly Sink[], options: Partial<AuditOptions> = {}): Books {
  const clock = manualClock()
  const good = memorySink({ name: 'good' })
  const said: string[] = []
  const logger = { warn: (message: string) => said.push(message), error: (message: string) => said.push(message) }
  const batch = { maxEvents: 100, maxAgeMs: 100 }
  const retry = { minDelayMs: 100, maxDelayMs: 1_000, deadlineMs: 1_000 }
  const entries = [good, ...sinks].map((sink) => ({ sink, batch, retry }))
  const audit: Audit<AnyCatalog> = createAudit({
    service: 'books',
    events,
    journal: memoryJournal(),
    sinks: entries,
    clock,
    logger,
    ...options,
  })
  return { audit, clock, good, said }
}

export function expectBalance(audit: Audit<AnyCatalog>): void {
  const stats = audit.stats()
  expect(stats.rejected + stats.lost + stats.recorded + stats.waiting, JSON.stringify(stats)).toBe(stats.submitted)
  for (const [name, sink] of Object.entries(stats.sinks)) {
    expect(sink.delivered + sink.deadLettered + sink.pending + sink.lost, `${name}: ${JSON.stringify(sink)}`).toBe(sink.wanted)
  }
  const { good } = stats.sinks
  if (good) expect(good.wanted, JSON.stringify(stats)).toBe(stats.recorded + stats.systemEvents)
}

export async function recordMany(audit: Audit<AnyCatalog>, count: number): Promise<void> {
  await Promise.allSettled(Array.from({ length: count }, (_, index) => audit.record('flag:created', { key: `k${index}` })))
}

export function sinkThat(name: string, write: Sink['write']): Sink {
  return { name, write }
}

export function never(): Promise<never> {
  return new Promise(() => undefined)
}
