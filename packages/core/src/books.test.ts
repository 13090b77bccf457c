import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createAudit } from './create-audit.ts'
import { AuditError } from './errors.ts'
import { defineEvents } from './event/catalog.ts'
import type { AuditEvent, Receipt } from './event/event.ts'
import { memoryDeadLetters } from './deliver/dead-letters.ts'
import { memoryJournal } from './journal/memory-journal.ts'
import type { AuditOptions } from './options/audit-options.ts'
import { memorySink } from './sink/memory-sink.ts'
import { SinkError } from './sink/sink-error.ts'
import type { Sink } from './sink/sink.ts'
import { manualClock } from './testing/manual-clock.ts'
import type { Audit } from './audit.ts'

// The books balance: offered = rejected + lost + recorded + waiting, and per sink wanted = delivered + deadLettered + pending + lost,
// whatever the sinks and the journal do. Both sides are counted apart: `wanted` when the journal has an event, `pending` by its cursor.

const events = defineEvents({
  flag: { created: z.object({ key: z.string() }), deleted: { payload: z.object({ key: z.string() }), failMode: 'closed' } },
})
type Events = typeof events

function setup(sinks: readonly Sink[], options: Partial<AuditOptions<Events>> = {}) {
  const clock = manualClock()
  const good = memorySink({ name: 'good' })
  const said: string[] = []
  const logger = { warn: (message: string) => said.push(message), error: (message: string) => said.push(message) }
  const batch = { maxEvents: 100, maxAgeMs: 100 }
  const entries = [good, ...sinks].map((sink) => ({ sink, batch, retry: { minDelayMs: 100, maxDelayMs: 1_000, deadlineMs: 1_000 } }))
  const audit = createAudit({ service: 'books', events, sinks: entries, clock, logger, ...options })
  return { audit, clock, good, said }
}

function expectBalance(audit: Audit<Events>): void {
  const stats = audit.stats()
  expect(stats.rejected + stats.lost + stats.recorded + stats.waiting, JSON.stringify(stats)).toBe(stats.offered)
  for (const [name, sink] of Object.entries(stats.sinks)) {
    expect(sink.delivered + sink.deadLettered + sink.pending + sink.lost, `${name}: ${JSON.stringify(sink)}`).toBe(sink.wanted)
  }
}

async function recordMany(audit: Audit<Events>, count: number, name: 'flag:created' | 'flag:deleted' = 'flag:created') {
  const receipts = Array.from({ length: count }, (_, index) => audit.record(name, { key: `k${index}` }))
  return Promise.allSettled(receipts)
}

const named = (name: string, write: Sink['write']): Sink => ({ name, write })
const never = () => new Promise<never>(() => undefined)

describe('a sink that', () => {
  test('always throws keeps its events, and the other gets all', async () => {
    const { audit, clock, good, said } = setup([named('bad', async () => { throw new Error('secret in a message') })])
    await recordMany(audit, 1_000)
    await clock.advance(30_000)
    expectBalance(audit)
    expect(audit.stats()).toMatchObject({ recorded: 1_000, sinks: { good: { pending: 0 }, bad: { delivered: 0, pending: 1_001, state: 'waiting' } } })
    expect(good.events).toHaveLength(1_001)
    expect(audit.health()).toMatchObject({ status: 'degraded', sinks: { bad: { lastError: 'Error' } } })
    expect(said.join()).toMatch(/Sink 'bad' failed: Error\. \d+ events wait; trying again in \d+ ms/)
    expect(said.join()).not.toContain('secret')
  })

  test('never answers is parked after its grace, and the other gets all', async () => {
    const { audit, clock, good } = setup([named('silent', never)])
    await recordMany(audit, 500)
    await clock.advance(1_000)
    await clock.advance(2_200)
    expect(audit.stats().sinks['silent']).toMatchObject({ state: 'parked', delivered: 0, pending: 501 })
    expect(good.events).toHaveLength(501)
    expectBalance(audit)
    await clock.advance(600_000)
    expectBalance(audit)
  })

  test('ignores its signal, but stores in the end, is written to again, and its events are not lost', async () => {
    const releases: (() => void)[] = []
    const slow = named('slow', () => new Promise((resolve) => releases.push(resolve)))
    const { audit, clock } = setup([slow])
    await recordMany(audit, 10)
    await clock.advance(4_000)
    expect(audit.stats().sinks['slow']!.state).toBe('parked')
    for (let round = 0; round < 40 && audit.stats().sinks['slow']!.pending > 0; round++) {
      for (const release of releases.splice(0)) release()
      await clock.advance(500)
    }
    expectBalance(audit)
    expect(audit.stats().sinks['slow']).toMatchObject({ delivered: 11, pending: 0 })
  })

  test('refuses one event in a hundred gets ninety-nine, and the other has no part in it', async () => {
    const deadLetters = memoryDeadLetters()
    const stored: AuditEvent[] = []
    const isBad = ({ payload }: AuditEvent) => /^k\d*99$/.test(String((payload as { key?: string } | null)?.key))
    const picky = named('picky', async (batch) => {
      const refused = batch.events.flatMap((event, index) => (isBad(event) ? [index] : []))
      if (refused.length > 0) throw new SinkError('Some are not accepted.', { retryable: false })
      stored.push(...batch.events)
    })
    const { audit, clock, good } = setup([picky], { deadLetters })
    await recordMany(audit, 1_010)
    await clock.advance(30_000)
    expectBalance(audit)
    expect(audit.stats().sinks['picky']).toMatchObject({ deadLettered: 10, delivered: 1_001, pending: 0 })
    expect(stored.filter(({ type }) => type === 'flag')).toHaveLength(1_000)
    expect((await deadLetters.list('picky')).map(({ line }) => (JSON.parse(line) as AuditEvent).payload)).toEqual(
      Array.from({ length: 10 }, (_, index) => ({ key: `k${index === 0 ? '' : index}99` })),
    )
    expect(good.events.filter(({ type }) => type === 'flag')).toHaveLength(1_010)
    await clock.advance(60_000)
    expect(good.events.filter(({ action }) => action === 'refused').map(({ payload }) => payload)).toEqual([{ sink: 'picky', count: 10 }])
    expectBalance(audit)
  })

  test('lists what it refuses loses one write, not a halving', async () => {
    let writes = 0
    const listing = named('listing', async (batch) => {
      writes++
      const refused = batch.events.flatMap((event, index) => ((event.payload as { key?: string }).key === 'k50' ? [index] : []))
      if (refused.length > 0) throw new SinkError('One is not accepted.', { refused })
    })
    const { audit, clock } = setup([listing])
    await recordMany(audit, 99)
    await clock.advance(1_000)
    expect(audit.stats().sinks['listing']).toMatchObject({ deadLettered: 1, delivered: 99 })
    expect(writes).toBe(1)
    expectBalance(audit)
  })

  test('refuses everything has no dead letters, and gets all when it accepts again', async () => {
    let isWrong = true
    const stored = new Map<string, string>()
    const rotated = named('rotated', async (batch) => {
      if (isWrong) throw new SinkError('The token is wrong.', { retryable: false })
      for (const { id } of batch.events) stored.set(id, id)
    })
    const { audit, clock } = setup([rotated])
    await recordMany(audit, 1_000)
    await clock.advance(60_000)
    expectBalance(audit)
    expect(audit.stats().sinks['rotated']).toMatchObject({ deadLettered: 0, delivered: 0, pending: 1_001, state: 'parked' })
    isWrong = false
    await clock.advance(10_000)
    expect(audit.stats().sinks['rotated']).toMatchObject({ deadLettered: 0, delivered: 1_001, pending: 0, state: 'idle' })
    expect(stored.size).toBe(1_001)
    expectBalance(audit)
  })

  test('finds one poison event in a quiet stream of single ones lets it go, and the stream goes on', async () => {
    const stored: unknown[] = []
    const quiet = named('quiet', async (batch) => {
      if (batch.events.some(({ payload }) => (payload as { key?: string }).key === 'poison')) throw new SinkError('No.', { retryable: false })
      stored.push(...batch.events.map(({ payload }) => (payload as { key?: string }).key))
    })
    const { audit, clock } = setup([quiet])
    await clock.advance(1_000)
    for (const key of ['a', 'poison', 'b', 'c']) {
      await audit.record('flag:created', { key })
      await clock.advance(5_000)
    }
    expect(stored).toEqual([undefined, 'a', 'b', 'c'])
    expect(audit.stats().sinks['quiet']).toMatchObject({ deadLettered: 1, pending: 0, state: 'idle' })
    expectBalance(audit)
  })

  test('recovers in the middle of a probe is not held against its events', async () => {
    let writes = 0
    const recovering = named('recovering', async () => {
      // Some dozen writes are refused; then one is accepted between the two of a probe, and all after it.
      if (++writes < 24) throw new SinkError('No.', { retryable: false })
    })
    const { audit, clock } = setup([recovering])
    await recordMany(audit, 50)
    await clock.advance(120_000)
    expect(audit.stats().sinks['recovering']).toMatchObject({ deadLettered: 0, delivered: 51, pending: 0, state: 'idle' })
    expectBalance(audit)
  })

  test.each([
    ['a Proxy', () => new Proxy({}, { has() { throw new Error('trap') }, get() { throw new Error('trap') } })],
    ['an error whose name throws', () => Object.defineProperty(new Error('x'), 'name', { get() { throw new Error('trap') } })],
    ['nothing', () => undefined],
  ])('rejects with %s is tried again', async (_, thrown) => {
    let isDown = true
    const odd = named('odd', async () => { if (isDown) throw thrown() })
    const { audit, clock } = setup([odd])
    await recordMany(audit, 10)
    await clock.advance(2_000)
    expect(audit.stats().sinks['odd']).toMatchObject({ pending: 11 })
    isDown = false
    await clock.advance(5_000)
    expect(audit.stats().sinks['odd']).toMatchObject({ delivered: 11, pending: 0 })
  })

  test('has full dead letters is parked, and nothing is dropped', async () => {
    const deadLetters = memoryDeadLetters({ maxLetters: 1 })
    const picky = named('picky', async (batch) => {
      const refused = batch.events.flatMap((event, index) => (/^k[01]$/.test((event.payload as { key?: string }).key ?? '') ? [index] : []))
      if (refused.length > 0) throw new SinkError('No.', { refused })
    })
    const { audit, clock } = setup([picky], { deadLetters })
    await recordMany(audit, 10)
    await clock.advance(5_000)
    expect(audit.stats().sinks['picky']).toMatchObject({ state: 'parked', deadLettered: 0 })
    expectBalance(audit)
    expect(audit.health().sinks['picky']!.lastError).toMatch(/2 more dead letters do not fit beside 0, with 1 at most/)
  })
})

describe('a full journal', () => {
  const small = () => memoryJournal({ maxBytes: 30_000 })
  const stuck = named('stuck', never)

  test('loses `open` events when the queue is full as well, counts each, and says so in the other sinks', async () => {
    const { audit, clock, good } = setup([stuck], { journal: small(), queue: { maxEvents: 50 } })
    const receipts: Promise<Receipt>[] = []
    for (let round = 0; round < 10; round++) {
      for (let index = 0; index < 30; index++) receipts.push(audit.record('flag:created', { key: `k${index}` }))
      await clock.advance(100)
    }
    await clock.advance(10_000)
    const held = (await Promise.all(receipts)).map((receipt) => receipt.held)
    const stats = audit.stats()
    expectBalance(audit)
    expect(stats.lost).toBeGreaterThan(0)
    expect(held.filter((each) => each === 'lost')).toHaveLength(stats.lost)
    expect(held.filter((each) => each === 'memory')).toHaveLength(stats.waiting)
    expect(stats.waiting).toBe(40)
    expect(stats.rejected).toBe(0)
    const said = good.events.filter(({ action }) => action === 'lost').flatMap(({ payload }) => (payload as { losses: { count: number }[] }).losses)
    expect(said.reduce((sum, { count }) => sum + count, 0)).toBe(stats.lost)
    expect(audit.health().status).toBe('failing')
    expect(audit.stats().sinks['good']).toMatchObject({ pending: 0 })
  })

  test('rejects every `closed` event that it does not hold within maxWaitMs, and none is lost', async () => {
    const { audit, clock } = setup([stuck], { journal: small(), queue: { maxEvents: 50 }, maxWaitMs: 500 })
    const receipts: Promise<unknown>[] = []
    for (let round = 0; round < 10; round++) {
      for (let index = 0; index < 40; index++) receipts.push(audit.record('flag:deleted', { key: `k${index}` }))
      await clock.advance(600)
    }
    const settled = await Promise.allSettled(receipts)
    const rejected = settled.filter((each) => each.status === 'rejected')
    for (const { reason } of rejected) expect(['AUDIT_NOT_CONFIRMED', 'AUDIT_QUEUE_FULL']).toContain((reason as AuditError).code)
    const stats = audit.stats()
    expect(stats).toMatchObject({ offered: 400, lost: 0, waiting: 0, rejected: rejected.length })
    expect(rejected.length).toBeGreaterThan(0)
    expect(stats.recorded).toBe(400 - rejected.length)
    expectBalance(audit)
  })

  test('takes what waits as soon as the sink is back', async () => {
    let release: (() => void) | undefined
    let isStuck = true
    const slow = named('slow', () => (isStuck ? new Promise<void>((resolve) => (release = resolve)) : Promise.resolve()))
    const { audit, clock } = setup([slow], { journal: small() })
    await Promise.race([recordMany(audit, 200), clock.advance(2_500)])
    expect(audit.stats().waiting).toBeGreaterThan(0)
    isStuck = false
    release!()
    await clock.advance(10_000)
    expect(audit.stats()).toMatchObject({ waiting: 0, lost: 0, recorded: 200, sinks: { slow: { pending: 0 }, good: { pending: 0 } } })
    expectBalance(audit)
  })
})

describe('an event whose caller was told no while the journal was writing it', () => {
  test('is recorded, unconfirmed, and has a failure that says so', async () => {
    const inner = memoryJournal()
    let hold: Promise<void> | undefined
    let release!: () => void
    const journal = { ...delegating(inner), append: async (batch: never) => {
      await hold
      return inner.append(batch)
    } }
    const { audit, clock, good } = setup([], { journal, maxWaitMs: 500 })
    await clock.advance(200)
    hold = new Promise((resolve) => (release = resolve))
    const receipt = audit.record('flag:deleted', { key: 'a' })
    await clock.advance(600)
    await expect(receipt).rejects.toMatchObject({ code: 'AUDIT_NOT_CONFIRMED' })
    expectBalance(audit)
    release()
    await clock.advance(1_000)
    expect(audit.stats()).toMatchObject({ offered: 2, recorded: 2, unconfirmed: 1, rejected: 0, waiting: 0 })
    const [recorded, failure] = good.events.filter(({ type }) => type === 'flag')
    expect(failure).toMatchObject({ status: 'failure', attempt: recorded!.id, reason: 'AUDIT_NOT_CONFIRMED', error: { code: 'AUDIT_NOT_CONFIRMED' } })
    expectBalance(audit)
  })

  test('is in no log if the journal says no after all', async () => {
    const inner = memoryJournal()
    let fail: ((error: Error) => void) | undefined
    let isHeld = false
    const journal = { ...delegating(inner), append: (batch: never) => (isHeld ? new Promise<void>((_, reject) => (fail = reject)) : inner.append(batch)) }
    const { audit, clock, good } = setup([], { journal, maxWaitMs: 500 })
    await clock.advance(200)
    isHeld = true
    const receipt = audit.record('flag:deleted', { key: 'a' })
    await clock.advance(600)
    await expect(receipt).rejects.toMatchObject({ code: 'AUDIT_NOT_CONFIRMED' })
    isHeld = false
    fail!(new AuditError('AUDIT_JOURNAL_UNAVAILABLE', 'The disk is gone.'))
    await clock.advance(2_000)
    expect(audit.stats()).toMatchObject({ offered: 1, rejected: 1, recorded: 0, unconfirmed: 0 })
    expect(good.events.filter(({ type }) => type === 'flag')).toEqual([])
    expectBalance(audit)
  })
})

test('the facts of the library never cause one another', async () => {
  // A sink that refuses only facts: each is dead-lettered and counted, and no audit:refused comes of it.
  const factless = named('factless', async (batch) => {
    const refused = batch.events.flatMap(({ type }, index) => (type === 'audit' ? [index] : []))
    if (refused.length > 0) throw new SinkError('No facts.', { refused })
  })
  const { audit, clock } = setup([factless])
  await recordMany(audit, 10)
  await clock.advance(300_000)
  expect(audit.stats().facts).toBe(1)
  expect(audit.stats().sinks['factless']).toMatchObject({ deadLettered: 1, delivered: 10, pending: 0 })
  expectBalance(audit)
})

test('after close the books are closed too: what a memory journal takes with it is lost, and said', async () => {
  const { audit, clock, good, said } = setup([named('bad', async () => { throw new Error('down') })])
  await recordMany(audit, 100)
  const closing = audit.close()
  await clock.advance(10_000)
  await closing
  expectBalance(audit)
  expect(audit.stats().sinks['bad']).toMatchObject({ lost: 102, pending: 0, state: 'closed' })
  expect(good.events.at(-1)).toMatchObject({ type: 'audit', action: 'closed' })
  expect(said.join('\n')).toMatch(/102 events were not delivered to sink 'bad' and are lost/)
  await expect(audit.record('flag:created', { key: 'late' })).rejects.toMatchObject({ code: 'AUDIT_CLOSED' })
  expectBalance(audit)
})

function delegating(journal: ReturnType<typeof memoryJournal>) {
  return {
    open: journal.open.bind(journal),
    append: journal.append.bind(journal),
    cursor: journal.cursor.bind(journal),
    status: journal.status.bind(journal),
    close: journal.close.bind(journal),
  }
}
