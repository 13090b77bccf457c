import assert from 'node:assert/strict'
import { createBatch, type Batch } from '@audit/core/sink'
import { conformanceRules, type ConformanceRule, type Exceptions } from '@audit/core/testing'
import { memoryStore } from '../memory-store.ts'
import type { Scope } from '../scope.ts'
import type { FollowedEvent, PageOptions, Store, StoreReader } from '../store.ts'
import type { StoreFilter } from '../store-filter.ts'
import { hostileFilters, sampleFilters, sampleOperation, sampleTrail } from './sample-trail.ts'

/** An empty store, fresh for each rule. */
export interface StoreSetup {
  readonly store: Store
  tearDown?(): Promise<void>
}

const everything: Scope = { tenants: 'all' }
const acme: Scope = { tenants: ['acme'] }
const scopes: readonly Scope[] = [
  everything,
  acme,
  { tenants: ['globex', 'acme', 'globex'] },
  { tenants: ['unknown'] },
  { tenants: [] },
]

const checks = {
  async 'returns the exact line of each event'({ store }: StoreSetup) {
    const batch = await filled(store, 50)
    const lines = await all(store.reader(everything))
    assert.deepEqual(lines.toSorted(), batch.lines.toSorted(), 'lines differ from those delivered')
    const { events } = await store.reader(everything).page()
    assert.deepEqual(events[0]!.event, JSON.parse(events[0]!.line), 'an event differs from its line')
  },
  async 'stores an event that comes again once'({ store }: StoreSetup) {
    const batch = await filled(store, 20)
    await write(store, batch)
    await write(store, createBatch(batch.lines.toReversed().map((line) => ({ line, byteLength: line.length, end: 1 }))))
    assert.equal((await all(store.reader(everything))).length, 20, 'events are there twice')
  },
  async 'selects the same events as the store in memory, for every filter and scope'({ store }: StoreSetup) {
    const reference = memoryStore()
    await filled(reference, 200, await filled(store, 200))
    for (const scope of scopes)
      for (const filter of sampleFilters) {
        const expected = await all(reference.reader(scope), filter)
        const found = await all(store.reader(scope), filter)
        assert.deepEqual(found.toSorted(), expected.toSorted(), `other events for ${JSON.stringify([scope, filter])}`)
      }
    for (const filter of sampleFilters)
      assert.ok((await all(store.reader(everything), filter)).length > 0, `no event for ${JSON.stringify(filter)}`)
  },
  async 'finds nothing for values that no event has, whatever is in them'({ store }: StoreSetup) {
    await filled(store, 20)
    for (const filter of hostileFilters)
      assert.deepEqual(await all(store.reader(everything), filter), [], `events for ${JSON.stringify(filter).slice(0, 100)}`)
  },
  async 'orders events by time, the newest or the oldest first'({ store }: StoreSetup) {
    await filled(store, 100)
    const newest = await all(store.reader(everything), {}, { limit: 7 })
    const oldest = await all(store.reader(everything), {}, { limit: 7, order: 'oldest' })
    assert.deepEqual(newest, oldest.toReversed(), 'one order is not the reverse of the other')
    const times = newest.map((line) => timeOf(line))
    assert.deepEqual(times, times.toSorted().toReversed(), 'the newest are not first')
  },
  async 'pages back over the same events'({ store }: StoreSetup) {
    await filled(store, 60)
    const reader = store.reader(acme)
    for (const order of ['newest', 'oldest'] as const) {
      const first = await reader.page({}, { limit: 6, order })
      const second = await reader.page({}, { limit: 6, order, token: first.next! })
      const third = await reader.page({}, { limit: 6, order, token: second.next! })
      assert.equal(first.previous, undefined, 'there is a page before the first')
      const back = await reader.page({}, { limit: 6, order, token: third.previous! })
      assert.deepEqual(linesOf(back), linesOf(second), 'the page before the third is not the second')
      const start = await reader.page({}, { limit: 6, order, token: back.previous! })
      assert.deepEqual(linesOf(start), linesOf(first), 'the page before the second is not the first')
      assert.equal(start.previous, undefined, 'there is a page before the first')
      assert.deepEqual(linesOf(await reader.page({}, { limit: 6, order, token: start.next! })), linesOf(second))
    }
  },
  async 'misses and repeats no event if events are stored between two pages'({ store }: StoreSetup) {
    const batch = await filled(store, 40)
    const reader = store.reader(everything)
    const read: string[] = []
    let token: string | undefined
    do {
      const page = await reader.page({}, { limit: 9, ...(token !== undefined && { token }) })
      read.push(...linesOf(page))
      token = page.next
      await filled(store, 10)
    } while (token !== undefined)
    assert.equal(new Set(read).size, read.length, 'an event was read twice')
    assert.deepEqual(
      batch.lines.filter((line) => !read.includes(line)),
      [],
      'an event was missed',
    )
  },
  async 'refuses a page token of another filter, scope or order, and text that is not a token'({ store }: StoreSetup) {
    await filled(store, 90)
    const { next = '' } = await store.reader(acme).page({ statuses: ['success'] }, { limit: 2 })
    const uses: readonly [Scope, StoreFilter, PageOptions][] = [
      [acme, {}, { token: next }],
      [acme, { statuses: ['success', 'denied'] }, { token: next }],
      [everything, { statuses: ['success'] }, { token: next }],
      [{ tenants: ['globex'] }, { statuses: ['success'] }, { token: next }],
      [acme, { statuses: ['success'] }, { token: next, order: 'oldest' }],
      ...['', 'x', '!', next.slice(2), `${next}A`.repeat(200), 'bnVsbA', 'W10'].map(
        (token): [Scope, StoreFilter, PageOptions] => [acme, { statuses: ['success'] }, { token }],
      ),
    ]
    for (const [scope, filter, options] of uses)
      await rejects(store.reader(scope).page(filter, options), 'AUDIT_INVALID_CURSOR', `the token ${options.token}`)
    await store.reader(acme).page({ statuses: ['success'] }, { limit: 3, token: next })
  },
  async 'refuses filters, options and scopes with unknown or wrong members'({ store }: StoreSetup) {
    const reader = store.reader(everything)
    const wrong = [
      { acter: 'u_1' },
      { tenants: ['acme'] },
      { actor: '' },
      { target: 'flag' },
      { since: 'soon' },
      { text: '%' },
      null,
    ]
    const filters = [...wrong, { statuses: ['done'] }, { payload: { enabled: true } }, { payload: { '/a': {} } }, { ip: 7 }]
    for (const filter of filters as unknown as readonly StoreFilter[]) {
      const what = JSON.stringify(filter)
      await rejects(reader.page(filter), 'AUDIT_INVALID_OPTIONS', `page(${what})`)
      await rejects(reader.summary(filter), 'AUDIT_INVALID_OPTIONS', `summary(${what})`)
      assert.throws(() => reader.follow(filter), { code: 'AUDIT_INVALID_OPTIONS' }, `follow(${what})`)
    }
    await rejects(reader.page({ events: ['flag'] }), 'AUDIT_INVALID_PATTERN', "events: ['flag']")
    for (const options of [{ limit: 0 }, { limit: 1_001 }, { order: 'random' }, { offset: 10 }] as unknown as PageOptions[])
      await rejects(reader.page({}, options), 'AUDIT_INVALID_OPTIONS', JSON.stringify(options))
    for (const scope of [undefined, {}, { tenants: 'acme' }, { tenant: 'acme' }, { tenants: [''] }, { tenants: ['a'], x: 1 }])
      assert.throws(() => store.reader(scope as Scope), { code: 'AUDIT_INVALID_OPTIONS' }, JSON.stringify(scope))
  },
  async 'finds an event with its attempt, its outcome and the events of its request'({ store }: StoreSetup) {
    const batch = sampleOperation('acme')
    await write(store, batch)
    const [attempt, outcome, other, foreign] = batch.events as [Event, Event, Event, Event]
    const reader = store.reader(acme)
    const found = await reader.event(outcome.id)
    assert.equal(found?.event.line, batch.lines[1])
    assert.equal(found?.attempt?.event.id, attempt.id)
    assert.deepEqual(found?.related.map(({ event }) => event.id).toSorted(), [attempt.id, other.id].toSorted(), 'other events')
    assert.equal((await reader.event(attempt.id))?.outcome?.event.id, outcome.id)
    assert.equal(await reader.event(foreign.id), undefined, 'a reader found an event of another tenant')
    for (const id of ['', 'x', '\u0000', "' or 1=1", 'x'.repeat(10_000)]) assert.equal(await reader.event(id), undefined, id)
  },
  async 'counts the same as the store in memory'({ store }: StoreSetup) {
    const reference = memoryStore()
    await filled(reference, 200, await filled(store, 200))
    const options = { bars: 10, top: 5, facets: ['event', 'status', 'actor', 'target', 'tenant', 'source', 'ip'] } as const
    for (const scope of scopes)
      for (const filter of sampleFilters) {
        const [expected, found] = await Promise.all([
          reference.reader(scope).summary(filter, options),
          store.reader(scope).summary(filter, options),
        ])
        assert.deepEqual(found, expected, `other counts for ${JSON.stringify([scope, filter])}`)
        assert.ok(found.bars.length <= 10)
        assert.equal(found.count, (await all(store.reader(scope), filter)).length, 'the count is not that of the pages')
      }
  },
  async 'follows events as they are stored, and continues after a token'({ store }: StoreSetup) {
    await filled(store, 20)
    const stop = new AbortController()
    const { signal } = stop
    const reader = store.reader(acme)
    const followed = reader.follow({ statuses: ['success'] }, { signal })[Symbol.asyncIterator]()
    // The first call of next() must not be needed to begin.
    const batch = await filled(store, 60)
    const expected = batch.events.filter(({ status, metadata }) => status === 'success' && metadata.tenant === 'acme')
    const read: FollowedEvent[] = []
    while (read.length < expected.length) read.push((await followed.next()).value as FollowedEvent)
    assert.deepEqual(
      read.map(({ event }) => event.id),
      expected.map(({ id }) => id),
      'other events',
    )
    const ended = followed.next()
    stop.abort()
    assert.equal((await ended).done, true, 'it did not end when its signal aborted')
    const again = new AbortController()
    const rest = reader.follow({ statuses: ['success'] }, { after: read[2]!.token, signal: again.signal })
    for await (const { event } of rest) {
      assert.equal(event.id, expected[3]!.id, 'it did not continue with the next event')
      again.abort()
    }
    const after = 'not a token'
    await rejects(
      collect(() => store.reader(acme).follow({}, { after, signal: AbortSignal.timeout(10_000) })),
      'AUDIT_INVALID_CURSOR',
      after,
    )
  },
  async 'rejects calls after close, and closes twice'({ store }: StoreSetup) {
    await filled(store, 2)
    const reader = store.reader(everything)
    await store.close()
    await store.close()
    await rejects(reader.page(), 'AUDIT_CLOSED', 'page()')
    await rejects(reader.event('x'), 'AUDIT_CLOSED', 'event()')
    await rejects(reader.summary(), 'AUDIT_CLOSED', 'summary()')
    await rejects(
      collect(() => reader.follow()),
      'AUDIT_CLOSED',
      'follow()',
    )
  },
} satisfies Record<string, (setup: StoreSetup) => Promise<void>>

type Event = Batch['events'][number]

/**
 * Returns the promises of every store as rules for a test runner. `setup` makes an empty store for each. A rule that a store cannot
 * keep is excepted with a reason, which is shown in its name. A store is a sink too: run `sinkConformance` as well.
 */
export function storeConformance(setup: () => Promise<StoreSetup>, exceptions: Exceptions = {}): readonly ConformanceRule[] {
  return conformanceRules(
    checks,
    setup,
    async ({ store, tearDown }) => {
      await store.close()
      await tearDown?.()
    },
    exceptions,
  )
}

async function filled(store: Store, count: number, batch: Batch = sampleTrail(count)): Promise<Batch> {
  await write(store, batch)
  return batch
}

async function write(store: Store, batch: Batch): Promise<void> {
  await store.write(batch, { signal: new AbortController().signal })
}

/** Reads all pages. */
async function all(
  reader: StoreReader,
  filter: StoreFilter = {},
  options: PageOptions = { limit: 30 },
): Promise<readonly string[]> {
  const lines: string[] = []
  let token: string | undefined
  do {
    const page = await reader.page(filter, { ...options, ...(token !== undefined && { token }) })
    lines.push(...linesOf(page))
    token = page.next
  } while (token !== undefined)
  return lines
}

function linesOf({ events }: { readonly events: readonly { readonly line: string }[] }): readonly string[] {
  return events.map(({ line }) => line)
}

function timeOf(line: string): string {
  return (JSON.parse(line) as Event).timestamp
}

async function collect(followed: () => AsyncIterable<FollowedEvent>): Promise<void> {
  for await (const { event } of followed()) assert.fail(`it yielded ${event.id}`)
}

async function rejects(promise: Promise<unknown>, code: string, what: string): Promise<void> {
  await assert.rejects(promise, { code }, what)
}
