import { describe, expect, test } from 'vitest'
import { expectBalance, never, openBooks, recordMany, sinkThat } from './books.ts'
import { AuditError } from '../src/errors.ts'
import type { Receipt } from '../src/event/event.ts'
import { memoryJournal } from '../src/journal/memory-journal.ts'
import { SinkError } from '../src/sink/sink-error.ts'

describe('a journal that is full', () => {
  const small = () => memoryJournal({ maxBytes: 30_000 })
  const stuck = sinkThat('stuck', never)

  test('a full journal loses `open` events when the queue is full as well, counts each, and reports the loss to the other sinks', async () => {
    const { audit, clock, good } = openBooks([stuck], { journal: small(), queue: { maxEvents: 50 } })
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
    const said = good.events
      .filter(({ action }) => action === 'lost')
      .flatMap(({ payload }) => (payload as { losses: { count: number }[] }).losses)
    expect(said.reduce((sum, { count }) => sum + count, 0)).toBe(stats.lost)
    expect(audit.health().status).toBe('failing')
    expect(audit.stats().sinks['good']).toMatchObject({ pending: 0 })
  })

  test('a full journal rejects every `closed` event that it does not hold within maxWaitMs, and loses none', async () => {
    const { audit, clock } = openBooks([stuck], { journal: small(), queue: { maxEvents: 50 }, maxWaitMs: 500 })
    const receipts: Promise<unknown>[] = []
    for (let round = 0; round < 10; round++) {
      for (let index = 0; index < 40; index++) receipts.push(audit.record('flag:deleted', { key: `k${index}` }))
      await clock.advance(600)
    }
    const settled = await Promise.allSettled(receipts)
    const rejected = settled.filter((each) => each.status === 'rejected')
    for (const { reason } of rejected) expect(['AUDIT_NOT_CONFIRMED', 'AUDIT_QUEUE_FULL']).toContain((reason as AuditError).code)
    const stats = audit.stats()
    expect(stats).toMatchObject({ submitted: 400, lost: 0, waiting: 0, rejected: rejected.length })
    expect(rejected.length).toBeGreaterThan(0)
    expect(stats.recorded).toBe(400 - rejected.length)
    expectBalance(audit)
  })

  test('a full journal accepts waiting events as soon as the sink is back', async () => {
    let release: (() => void) | undefined
    let isStuck = true
    const slow = sinkThat('slow', () => (isStuck ? new Promise<void>((resolve) => (release = resolve)) : Promise.resolve()))
    const { audit, clock } = openBooks([slow], { journal: small() })
    await Promise.race([recordMany(audit, 200), clock.advance(2_500)])
    expect(audit.stats().waiting).toBeGreaterThan(0)
    isStuck = false
    release!()
    await clock.advance(10_000)
    expect(audit.stats()).toMatchObject({
      waiting: 0,
      lost: 0,
      recorded: 200,
      sinks: { slow: { pending: 0 }, good: { pending: 0 } },
    })
    expectBalance(audit)
  })
})

describe('an event whose caller was rejected while the journal was writing it', () => {
  test('an event that reaches the log after its caller was rejected counts as unconfirmed, and gets a failure as its outcome', async () => {
    const inner = memoryJournal()
    let hold: Promise<void> | undefined
    let release!: () => void
    const journal = {
      ...delegating(inner),
      append: async (batch: never) => {
        await hold
        return inner.append(batch)
      },
    }
    const { audit, clock, good } = openBooks([], { journal, maxWaitMs: 500 })
    await clock.advance(200)
    hold = new Promise((resolve) => (release = resolve))
    const receipt = audit.record('flag:deleted', { key: 'a' })
    await clock.advance(600)
    await expect(receipt).rejects.toMatchObject({ code: 'AUDIT_NOT_CONFIRMED' })
    expectBalance(audit)
    release()
    await clock.advance(1_000)
    expect(audit.stats()).toMatchObject({ submitted: 2, recorded: 2, unconfirmed: 1, rejected: 0, waiting: 0 })
    const [recorded, failure] = good.events.filter(({ type }) => type === 'flag')
    expect(failure).toMatchObject({
      status: 'failure',
      attempt: recorded!.id,
      reason: 'AUDIT_NOT_CONFIRMED',
      error: { code: 'AUDIT_NOT_CONFIRMED' },
    })
    expectBalance(audit)
  })

  test('an event whose caller was rejected is in no log if the journal fails after all', async () => {
    const inner = memoryJournal()
    let fail: ((error: Error) => void) | undefined
    let isHeld = false
    const journal = {
      ...delegating(inner),
      append: (batch: never) => (isHeld ? new Promise<void>((_, reject) => (fail = reject)) : inner.append(batch)),
    }
    const { audit, clock, good } = openBooks([], { journal, maxWaitMs: 500 })
    await clock.advance(200)
    isHeld = true
    const receipt = audit.record('flag:deleted', { key: 'a' })
    await clock.advance(600)
    await expect(receipt).rejects.toMatchObject({ code: 'AUDIT_NOT_CONFIRMED' })
    isHeld = false
    fail!(new AuditError('AUDIT_JOURNAL_UNAVAILABLE', 'The disk is gone.'))
    await clock.advance(2_000)
    expect(audit.stats()).toMatchObject({ submitted: 1, rejected: 1, recorded: 0, unconfirmed: 0 })
    expect(good.events.filter(({ type }) => type === 'flag')).toEqual([])
    expectBalance(audit)
  })
})

test('events of the library itself never cause further ones', async () => {
  // A sink that refuses only `audit:*` events: each is dead-lettered and counted, and causes no audit:refused.
  const factless = sinkThat('factless', async (batch) => {
    const refused = batch.events.flatMap(({ type }, index) => (type === 'audit' ? [index] : []))
    if (refused.length > 0) throw new SinkError('No facts.', { refused })
  })
  const { audit, clock } = openBooks([factless])
  await recordMany(audit, 10)
  await clock.advance(300_000)
  expect(audit.stats().systemEvents).toBe(1)
  expect(audit.stats().sinks['factless']).toMatchObject({ deadLettered: 1, delivered: 10, pending: 0 })
  expectBalance(audit)
})

test('close() reports the undelivered events of a memory journal as lost, and the counts add up', async () => {
  const { audit, clock, good, said } = openBooks([
    sinkThat('bad', async () => {
      throw new Error('down')
    }),
  ])
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
