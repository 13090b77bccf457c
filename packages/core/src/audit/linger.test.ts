import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { createAudit } from '../create-audit.ts'
import { defineEvents } from '../event/catalog.ts'
import type { Journal } from '../journal/journal.ts'
import { memoryJournal } from '../journal/memory-journal.ts'
import type { AuditOptions } from '../options/audit-options.ts'
import { manualClock } from '../testing/manual-clock.ts'

const payload = z.object({ key: z.string() })
const events = defineEvents({ flag: { created: payload, deleted: { payload, failMode: 'closed' } } })

/** A memory journal that says it syncs, and notes the number of events in each write. */
function syncedJournal(groups: number[]): Journal {
  const journal = memoryJournal()
  return {
    open: (options) => journal.open(options),
    cursor: (name, options) => journal.cursor(name, options),
    status: () => ({ ...journal.status(), durability: 'disk' }),
    close: () => journal.close(),
    append(appended) {
      groups.push(appended.length)
      return journal.append(appended)
    },
  }
}

/** An audit that has written its first event; `groups` has the later writes. */
async function openAudit(options: Pick<AuditOptions, 'lingerMs' | 'queue'> = {}) {
  const clock = manualClock()
  const groups: number[] = []
  const logger = { warn: () => undefined, error: () => undefined }
  const audit = createAudit({ service: 'svc', events, clock, logger, journal: syncedJournal(groups), ...options })
  onTestFinished(async () => {
    const closed = audit.close()
    await clock.advance(5_000)
    await closed
  })
  await audit.ready()
  await clock.advance(0)
  groups.length = 0
  const record = (key: string, linger = true) => audit.record('flag:created', { key }, { linger })
  return { audit, clock, groups, record }
}

type TestAudit = Awaited<ReturnType<typeof openAudit>>['audit']

test('events that may linger wait for others, and are written at once after lingerMs', async () => {
  const { clock, groups, record } = await openAudit()
  void record('a')
  await clock.advance(6)
  void record('b')
  await clock.advance(3)
  void record('c')
  expect(groups).toEqual([])
  await clock.advance(1)
  expect(groups).toEqual([3])
})

test('an event that was recorded during a write lingers after it', async () => {
  const { clock, groups, record } = await openAudit({ lingerMs: 50 })
  void record('a', false)
  void record('b')
  await clock.advance(0)
  void record('c')
  await clock.advance(49)
  expect(groups).toEqual([2])
  await clock.advance(5)
  expect(groups).toEqual([2, 1])
})

test('an event that may not linger takes those with it that do', async () => {
  const { clock, groups, record } = await openAudit()
  void record('a')
  await clock.advance(5)
  const receipt = record('b', false)
  await clock.advance(0)
  expect(groups).toEqual([2])
  expect(await receipt).toMatchObject({ held: 'journal' })
})

test.each([
  ['synced()', (audit: TestAudit) => audit.synced()],
  ['flush()', (audit: TestAudit) => audit.flush()],
  ['close()', (audit: TestAudit) => audit.close()],
])('%s writes lingering events at once', async (_, end) => {
  const { audit, clock, groups, record } = await openAudit()
  const receipt = record('a')
  await clock.advance(0)
  expect(groups).toEqual([])
  void end(audit)
  await clock.advance(0)
  expect(groups).not.toEqual([])
  expect(await receipt).toMatchObject({ held: 'journal' })
})

test('a fail-closed event never lingers', async () => {
  const { audit, clock, groups } = await openAudit()
  void audit.record('flag:deleted', { key: 'a' }, { linger: true })
  await clock.advance(0)
  expect(groups).toEqual([1])
})

test('with lingerMs: 0 no event lingers', async () => {
  const { clock, groups, record } = await openAudit({ lingerMs: 0 })
  void record('a')
  await clock.advance(0)
  expect(groups).toEqual([1])
})

test('the outcome of an event that was opened to linger lingers, but a record() of it does not', async () => {
  const { audit, clock, groups } = await openAudit()
  const options = { attempted: 'if-closed', linger: true } as const
  const first = await audit.begin('flag:created', { key: 'a' }, options)
  void first.succeed()
  await clock.advance(9)
  expect(groups).toEqual([])
  const second = await audit.begin('flag:created', null, options)
  void audit.run({ event: second }, () => audit.record('flag:created', { key: 'b' }))
  await clock.advance(0)
  expect(groups).toEqual([2])
})

test('the outcome of an attempt that was written does not linger', async () => {
  const { audit, clock, groups } = await openAudit()
  const begun = audit.begin('flag:created', { key: 'a' }, { linger: true })
  await clock.advance(0)
  void (await begun).succeed()
  await clock.advance(0)
  expect(groups).toEqual([1, 1])
})

test('events stop to linger when they fill a group, or half of a small queue', async () => {
  const large = await openAudit()
  for (let count = 0; count < 1_000; count++) void large.record('a')
  await large.clock.advance(0)
  expect(large.groups[0]).toBeGreaterThan(500)
  const small = await openAudit({ queue: { maxEvents: 10 } })
  for (let count = 0; count < 5; count++) void small.record('a')
  await small.clock.advance(0)
  expect(small.groups).toEqual([5])
  expect([large.audit.stats().lost, small.audit.stats().lost]).toEqual([0, 0])
})
