import { describe, expect, test } from 'vitest'
import { expectBalance, never, openBooks, recordMany, sinkThat } from './books.ts'
import { memoryDeadLetters } from '../src/journal/memory-dead-letters.ts'
import type { AuditEvent } from '../src/event/event.ts'
import { SinkError } from '../src/sink/sink-error.ts'

describe('failing sinks', () => {
  test('a sink that always throws keeps its events, and the other sink gets all', async () => {
    const { audit, clock, good, said } = openBooks([
      sinkThat('bad', async () => {
        throw new Error('secret in a message')
      }),
    ])
    await recordMany(audit, 1_000)
    await clock.advance(30_000)
    expectBalance(audit)
    expect(audit.stats()).toMatchObject({
      recorded: 1_000,
      sinks: { good: { pending: 0 }, bad: { delivered: 0, pending: 1_001, state: 'waiting' } },
    })
    expect(good.events).toHaveLength(1_001)
    expect(audit.health()).toMatchObject({
      status: 'degraded',
      sinks: { bad: { lastError: expect.stringMatching(/^Error at /) } },
    })
    expect(said.join()).toMatch(/Sink 'bad' failed: Error at .+\. \d+ events wait; trying again in \d+ ms/)
    expect(said.join()).not.toContain('secret')
  })

  test('a sink that never answers is parked after its grace, and the other sink gets all', async () => {
    const { audit, clock, good } = openBooks([sinkThat('silent', never)])
    await recordMany(audit, 500)
    await clock.advance(1_000)
    await clock.advance(2_200)
    expect(audit.stats().sinks['silent']).toMatchObject({ state: 'parked', delivered: 0, pending: 501 })
    expect(good.events).toHaveLength(501)
    expectBalance(audit)
    await clock.advance(600_000)
    expectBalance(audit)
  })

  test('a sink that ignores its signal, but stores in the end, is written to again, and its events are not lost', async () => {
    const releases: (() => void)[] = []
    const slow = sinkThat('slow', () => new Promise((resolve) => releases.push(resolve)))
    const { audit, clock } = openBooks([slow])
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

  test('a sink that refuses one event in a hundred gets ninety-nine, and the other sink gets all', async () => {
    const deadLetters = memoryDeadLetters()
    const stored: AuditEvent[] = []
    const isBad = ({ payload }: AuditEvent) => /^k\d*99$/.test(String((payload as { key?: string } | null)?.key))
    const picky = sinkThat('picky', async (batch) => {
      const refused = batch.events.flatMap((event, index) => (isBad(event) ? [index] : []))
      if (refused.length > 0) throw new SinkError('Some are not accepted.', { retryable: false })
      stored.push(...batch.events)
    })
    const { audit, clock, good } = openBooks([picky], { deadLetters })
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
    expect(good.events.filter(({ action }) => action === 'refused').map(({ payload }) => payload)).toEqual([
      { sink: 'picky', count: 10 },
    ])
    expectBalance(audit)
  })

  test('a sink that lists the events it refuses is not searched by halving', async () => {
    let writes = 0
    const listing = sinkThat('listing', async (batch) => {
      writes++
      const refused = batch.events.flatMap((event, index) => ((event.payload as { key?: string }).key === 'k50' ? [index] : []))
      if (refused.length > 0) throw new SinkError('One is not accepted.', { refused })
    })
    const { audit, clock } = openBooks([listing])
    await recordMany(audit, 99)
    await clock.advance(1_000)
    expect(audit.stats().sinks['listing']).toMatchObject({ deadLettered: 1, delivered: 99 })
    expect(writes).toBe(1)
    expectBalance(audit)
  })

  test('a sink that refuses everything has no dead letters, and gets all events when it accepts again', async () => {
    let isWrong = true
    const stored = new Map<string, string>()
    const rotated = sinkThat('rotated', async (batch) => {
      if (isWrong) throw new SinkError('The token is wrong.', { retryable: false })
      for (const { id } of batch.events) stored.set(id, id)
    })
    const { audit, clock } = openBooks([rotated])
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

  test('a sink that rejects with `parks` gets only probes, has no dead letters, and gets all events when it accepts again', async () => {
    let isClosed = true
    const sizes: number[] = []
    const stored: string[] = []
    const rotated = sinkThat('rotated', async (batch) => {
      if (!isClosed) return void stored.push(...batch.events.map(({ id }) => id))
      sizes.push(batch.lines.length)
      throw new SinkError('The secret is wrong.', { parks: true })
    })
    const { audit, clock, good, said } = openBooks([rotated])
    await recordMany(audit, 1_000)
    await clock.advance(900)
    expect(audit.stats().sinks['rotated']).toMatchObject({ state: 'parked', pending: 1_001 })
    expect([sizes[0], new Set(sizes.slice(1))]).toEqual([100, new Set([1])])
    expect(sizes.length).toBeLessThan(12)
    expect(said.join()).toMatch(/Sink 'rotated' is parked because it refuses every event/)
    await clock.advance(60_000)
    isClosed = false
    await clock.advance(120_000)
    expect(audit.stats().sinks['rotated']).toMatchObject({ deadLettered: 0, delivered: 1_001, pending: 0, state: 'idle' })
    expect(stored).toEqual(good.events.map(({ id }) => id))
    expectBalance(audit)
  })

  test('a sink that stores one event at a time does not get stored events again', async () => {
    const sent: string[] = []
    let tries = 0
    const single = sinkThat('single', async (batch) => {
      for (const [stored, { id }] of batch.events.entries()) {
        if (++tries % 3 === 0) throw new SinkError('The third is one too many.', { stored })
        sent.push(id)
      }
    })
    const { audit, clock, good } = openBooks([single])
    await recordMany(audit, 99)
    await clock.advance(60_000)
    expect(sent).toEqual(good.events.map(({ id }) => id))
    expect(audit.stats().sinks['single']).toMatchObject({ deadLettered: 0, delivered: 100, pending: 0 })
    expectBalance(audit)
  })

  test('a sink that gets one poison event in a quiet stream of single ones refuses it, and the stream goes on', async () => {
    const stored: unknown[] = []
    const quiet = sinkThat('quiet', async (batch) => {
      if (batch.events.some(({ payload }) => (payload as { key?: string }).key === 'poison'))
        throw new SinkError('No.', { retryable: false })
      stored.push(...batch.events.map(({ payload }) => (payload as { key?: string }).key))
    })
    const { audit, clock } = openBooks([quiet])
    await clock.advance(1_000)
    for (const key of ['a', 'poison', 'b', 'c']) {
      await audit.record('flag:created', { key })
      await clock.advance(5_000)
    }
    expect(stored).toEqual([undefined, 'a', 'b', 'c'])
    expect(audit.stats().sinks['quiet']).toMatchObject({ deadLettered: 1, pending: 0, state: 'idle' })
    expectBalance(audit)
  })

  test('a sink that recovers in the middle of a probe gets no dead letters from it', async () => {
    let writes = 0
    const recovering = sinkThat('recovering', async () => {
      // Some dozen writes are refused; then one is accepted between the two of a probe, and all after it.
      if (++writes < 24) throw new SinkError('No.', { retryable: false })
    })
    const { audit, clock } = openBooks([recovering])
    await recordMany(audit, 50)
    await clock.advance(120_000)
    expect(audit.stats().sinks['recovering']).toMatchObject({ deadLettered: 0, delivered: 51, pending: 0, state: 'idle' })
    expectBalance(audit)
  })

  test.each([
    [
      'a Proxy',
      () =>
        new Proxy(
          {},
          {
            has() {
              throw new Error('trap')
            },
            get() {
              throw new Error('trap')
            },
          },
        ),
    ],
    [
      'an error whose name throws',
      () =>
        Object.defineProperty(new Error('x'), 'name', {
          get() {
            throw new Error('trap')
          },
        }),
    ],
    ['nothing', () => undefined],
  ])('a sink that rejects with %s is tried again', async (_, thrown) => {
    let isDown = true
    const odd = sinkThat('odd', async () => {
      if (isDown) throw thrown()
    })
    const { audit, clock } = openBooks([odd])
    await recordMany(audit, 10)
    await clock.advance(2_000)
    expect(audit.stats().sinks['odd']).toMatchObject({ pending: 11 })
    isDown = false
    await clock.advance(5_000)
    expect(audit.stats().sinks['odd']).toMatchObject({ delivered: 11, pending: 0 })
  })

  test('a sink that has full dead letters is parked, and no event is dropped', async () => {
    const deadLetters = memoryDeadLetters({ maxLetters: 1 })
    const picky = sinkThat('picky', async (batch) => {
      const refused = batch.events.flatMap((event, index) =>
        /^k[01]$/.test((event.payload as { key?: string }).key ?? '') ? [index] : [],
      )
      if (refused.length > 0) throw new SinkError('No.', { refused })
    })
    const { audit, clock } = openBooks([picky], { deadLetters })
    await recordMany(audit, 10)
    await clock.advance(5_000)
    expect(audit.stats().sinks['picky']).toMatchObject({ state: 'parked', deadLettered: 0 })
    expectBalance(audit)
    expect(audit.health().sinks['picky']!.lastError).toMatch(/2 more dead letters do not fit: 0 of at most 1 are kept/)
  })
})
