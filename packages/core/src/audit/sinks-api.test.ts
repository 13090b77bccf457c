import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { expectBalance, never, openBooks, recordMany, sinkThat } from '../../test/books.ts'
import { systemClock } from '../clock.ts'
import type { DelivererState } from '../deliver/deliverer.ts'
import { AuditError } from '../errors.ts'
import { fileJournal } from '../file-journal/file-journal.ts'
import { memoryJournal } from '../journal/memory-journal.ts'
import { memorySink, type MemorySink } from '../sink/memory-sink.ts'
import { SinkError } from '../sink/sink-error.ts'
import type { Sink } from '../sink/sink.ts'

const keysOf = ({ events }: MemorySink) =>
  events.filter(({ type }) => type === 'flag').map(({ payload }) => (payload as { key: string }).key)
const batch = { maxEvents: 100, maxAgeMs: 100 }
const retry = { minDelayMs: 100, maxDelayMs: 1_000, deadlineMs: 1_000 }

describe('add', () => {
  test('add() resolves when the sink has its place in the journal; from then on it gets everything', async () => {
    const { audit, clock, good } = openBooks([])
    const late = memorySink({ name: 'late' })
    await recordMany(audit, 3)
    await audit.sinks.add({ sink: late, batch })
    expect(audit.sinks.names).toEqual(['good', 'late'])
    expect(audit.stats().sinks['late']).toMatchObject({ wanted: 0, pending: 0, state: 'idle' })
    await recordMany(audit, 2)
    await audit.flush()
    expect(keysOf(late)).toEqual(['k0', 'k1'])
    expect(keysOf(good)).toHaveLength(5)
    expectBalance(audit)
    await clock.advance(1_000)
  })

  test("from 'oldest' a sink gets the events that are still there", async () => {
    const { audit } = openBooks([])
    const late = memorySink({ name: 'late' })
    await recordMany(audit, 3)
    await audit.sinks.add({ sink: late, from: 'oldest', events: ['flag:*'] })
    expect(audit.stats().sinks['late']).toMatchObject({ wanted: 3, pending: 3 })
    await audit.flush()
    expect(keysOf(late)).toEqual(['k0', 'k1', 'k2'])
    expectBalance(audit)
  })

  test('one error of add() lists every problem of the entry', async () => {
    const { audit } = openBooks([])
    const wrong = { sink: memorySink({ name: 'late' }), events: ['flg:*'], tenants: [], from: 'never', retries: 7 }
    await expect(audit.sinks.add(wrong as never)).rejects.toMatchObject({
      code: 'AUDIT_INVALID_OPTIONS',
      message: expect.stringMatching(
        /^The sink cannot be added:\n(?=[^]*entry\.retries: there is no such option)(?=[^]*entry\.from)(?=[^]*did you mean 'flag')(?=[^]*entry\.tenants: the list is empty)/,
      ),
    })
    await expect(audit.sinks.add({} as never)).rejects.toMatchObject({ message: expect.stringContaining('entry: give a sink') })
    expect(audit.sinks.names).toEqual(['good'])
  })

  test('a name is taken once, also by two sinks that are added at once', async () => {
    const { audit } = openBooks([])
    const taken = { code: 'AUDIT_INVALID_OPTIONS', message: expect.stringContaining("There is a sink 'good' already") }
    await expect(audit.sinks.add(memorySink({ name: 'good' }))).rejects.toMatchObject(taken)
    const both = await Promise.allSettled([1, 2].map(() => audit.sinks.add(memorySink({ name: 'late' }))))
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    await audit.sinks.add({ sink: memorySink({ name: 'good' }), name: 'another' })
    expect(audit.sinks.names).toEqual(['good', 'late', 'another'])
  })

  test('events that the journal has, but has not reported to the audit yet, are counted once', async () => {
    const inner = memoryJournal()
    let hold: Promise<void> | undefined
    let release!: () => void
    const journal = {
      ...delegating(inner),
      append: async (events: never) => {
        await inner.append(events)
        await hold
      },
    }
    const { audit, clock } = openBooks([], { journal })
    await recordMany(audit, 2)
    hold = new Promise((resolve) => (release = resolve))
    const recorded = recordMany(audit, 3)
    await clock.advance(10)
    await audit.sinks.add({ sink: memorySink({ name: 'late' }), from: 'oldest', batch })
    expect(audit.stats().sinks['late']).toMatchObject({ wanted: 6, pending: 6 })
    release()
    await recorded
    await recordMany(audit, 1)
    await audit.flush()
    expect(audit.stats().sinks['late']).toMatchObject({ wanted: 7, delivered: 7, pending: 0 })
    expectBalance(audit)
  })

  test('add() rejects with the error of the journal, and the name stays free', async () => {
    const inner = memoryJournal()
    let isBroken = false
    const journal = {
      ...delegating(inner),
      cursor: async (...args: Parameters<typeof inner.cursor>) => {
        if (isBroken) throw new AuditError('AUDIT_JOURNAL_UNAVAILABLE', 'The disk is gone.')
        return inner.cursor(...args)
      },
    }
    const { audit } = openBooks([], { journal })
    await audit.ready()
    isBroken = true
    const close = vi.fn(async () => undefined)
    const late = { ...sinkThat('late', async () => undefined), close }
    await expect(audit.sinks.add(late)).rejects.toMatchObject({ code: 'AUDIT_JOURNAL_UNAVAILABLE' })
    expect(audit.sinks.names).toEqual(['good'])
    expect(close).not.toHaveBeenCalled()
    isBroken = false
    await audit.sinks.add(late)
    expect(audit.sinks.names).toEqual(['good', 'late'])
  })
})

describe('remove', () => {
  test('remove() resolves with the counts of the sink, closes it once, and does not affect other sinks', async () => {
    const close = vi.fn(async () => undefined)
    const { audit, good } = openBooks([{ ...sinkThat('other', async () => undefined), close }])
    await recordMany(audit, 3)
    await audit.flush()
    expect(await audit.sinks.remove('other')).toEqual({
      wanted: 4,
      delivered: 4,
      deadLettered: 0,
      lost: 0,
      retried: 0,
      pending: 0,
    })
    expect(close).toHaveBeenCalledTimes(1)
    expect(audit.sinks.names).toEqual(['good'])
    expect(Object.keys(audit.stats().sinks)).toEqual(['good'])
    expect(Object.keys(audit.health().sinks)).toEqual(['good'])
    await recordMany(audit, 2)
    await audit.close()
    expect(keysOf(good)).toHaveLength(5)
    expect(close).toHaveBeenCalledTimes(1)
    expectBalance(audit)
  })

  test('remove() waits for the current write, and starts no other', async () => {
    let release!: () => void
    const written: number[] = []
    const slow = sinkThat('slow', (given) => {
      written.push(given.lines.length)
      return new Promise((resolve) => (release = resolve))
    })
    const { audit, clock } = openBooks([slow])
    await recordMany(audit, 250)
    await clock.advance(200)
    let removed: unknown
    const removal = audit.sinks.remove('slow').then((counters) => (removed = counters))
    await clock.advance(500)
    expect(removed).toBeUndefined()
    expect(audit.stats().sinks['slow']).toMatchObject({ state: 'stopping', pending: 251 })
    release()
    expect(await removal).toMatchObject({ wanted: 251, delivered: 100, pending: 151 })
    await clock.advance(60_000)
    expect(written).toEqual([100])
    expectBalance(audit)
  })

  test('remove() aborts the write after the timeout, and does not wait long for a sink that ignores that or hangs in close()', async () => {
    const stubborn: Sink = { ...sinkThat('stubborn', never), close: never }
    const { audit, clock, said } = openBooks([stubborn])
    await recordMany(audit, 5)
    await clock.advance(200)
    let removed: unknown
    void audit.sinks.remove('stubborn', { timeoutMs: 300 }).then((counters) => (removed = counters))
    await clock.advance(3_200)
    expect(removed).toBeUndefined()
    await clock.advance(300)
    expect(removed).toMatchObject({ wanted: 6, delivered: 0, pending: 6 })
    expect(said.join('\n')).toContain("Sink 'stubborn' is removed. 6 events wait in the journal for it.")
    expect(audit.sinks.names).toEqual(['good'])
  })

  test.each<[DelivererState, () => Promise<void>, number]>([
    ['parked', async () => Promise.reject(new SinkError('Never.', { retryable: false })), 20_000],
    ['waiting', async () => Promise.reject(new Error('down')), 200],
    ['idle', async () => undefined, 5_000],
  ])('remove() ends at once for a sink that is %s', async (state, write, ms) => {
    const { audit, clock } = openBooks([sinkThat('other', write)])
    await recordMany(audit, 5)
    await clock.advance(ms)
    expect(audit.stats().sinks['other']!.state).toBe(state)
    expect(await audit.sinks.remove('other')).toMatchObject({ wanted: 6, pending: state === 'idle' ? 0 : 6 })
    expect(audit.health()).toMatchObject({ status: 'ok', sinks: { good: {} } })
    expectBalance(audit)
  })

  test.each<[string, () => Promise<void>]>([
    ['rejects', () => Promise.reject(new Error('no'))],
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
  ])('a sink whose close %s is reported and removed', async (_, close) => {
    const { audit, said } = openBooks([{ ...sinkThat('other', async () => undefined), close }])
    await audit.sinks.remove('other')
    expect(said.join('\n')).toContain("Sink 'other' failed to close.")
    expect(audit.sinks.names).toEqual(['good'])
  })

  test('remove() of an unknown name lists the known ones; two calls at once are one removal', async () => {
    const { audit } = openBooks([sinkThat('other', async () => undefined)])
    await expect(audit.sinks.remove('othr')).rejects.toMatchObject({
      code: 'AUDIT_INVALID_OPTIONS',
      message: "There is no sink 'othr'. There are: 'good', 'other'.",
    })
    const [one, two] = await Promise.all([audit.sinks.remove('other'), audit.sinks.remove('other')])
    expect(one).toEqual(two)
    await expect(audit.sinks.remove('other')).rejects.toMatchObject({ code: 'AUDIT_INVALID_OPTIONS' })
    await audit.sinks.remove('good')
    await expect(audit.sinks.remove('good')).rejects.toMatchObject({ message: "There is no sink 'good'. There are: none." })
    await recordMany(audit, 2)
    await audit.flush()
    expectBalance(audit)
  })

  test('flush() does not wait for a removed sink', async () => {
    const { audit, clock } = openBooks([sinkThat('stuck', async () => Promise.reject(new Error('down')))])
    await recordMany(audit, 5)
    const flushed = audit.flush({ timeoutMs: 60_000 })
    await clock.advance(500)
    await audit.sinks.remove('stuck')
    await flushed
  })

  test('dead letters of a removed sink stay, and are replayed when it is added again', async () => {
    const refusing = sinkThat('picky', async (given) => {
      const refused = given.events.flatMap(({ type }, index) => (type === 'audit' ? [] : [index]))
      if (refused.length > 0) throw new SinkError('No.', { refused })
    })
    const { audit, clock } = openBooks([refusing])
    await recordMany(audit, 3)
    await clock.advance(10_000)
    expect(await audit.sinks.remove('picky')).toMatchObject({ deadLettered: 3, pending: 0 })
    await expect(audit.deadLetters.replay({ sink: 'picky' })).rejects.toMatchObject({ code: 'AUDIT_SINK_FAILED' })
    const picky = memorySink({ name: 'picky' })
    await audit.sinks.add(picky)
    expect(await audit.deadLetters.replay({ sink: 'picky' })).toEqual({ replayed: 3, refused: 0, unproven: [] })
    expect(keysOf(picky)).toEqual(['k0', 'k1', 'k2'])
  })
})

const directory = mkdtempSync(join(tmpdir(), 'audit-running-sinks-'))
afterAll(() => rmSync(directory, { recursive: true }))

describe.each([
  ['memory', () => memoryJournal()],
  ['file', () => fileJournal({ directory })],
])('with the %s journal', (_, journal) => {
  test('a sink that is added again continues where it stopped', async () => {
    const { audit } = openBooks([], { journal: journal(), clock: systemClock })
    const [first, second] = [memorySink({ name: 'other' }), memorySink({ name: 'other' })]
    await audit.sinks.add({ sink: first, batch, events: ['flag:*'] })
    await recordMany(audit, 3)
    await audit.flush()
    expect(await audit.sinks.remove('other')).toMatchObject({ delivered: 3, pending: 0 })
    await recordMany(audit, 4)
    await audit.sinks.add({ sink: second, batch, events: ['flag:*'] })
    await recordMany(audit, 1)
    await audit.flush()
    expect(keysOf(first)).toEqual(['k0', 'k1', 'k2'])
    expect(keysOf(second)).toEqual(['k0', 'k1', 'k2', 'k3', 'k0'])
    expect(audit.stats().sinks['other']).toMatchObject({ wanted: 5, delivered: 5, pending: 0 })
    expectBalance(audit)
    await audit.close()
  })

  test('a sink that is added again gets the events that it was sent and had not stored', async () => {
    const { audit } = openBooks([], { journal: journal(), clock: systemClock })
    const down = vi.fn(() => Promise.reject(new Error('down')))
    await audit.sinks.add({ sink: sinkThat('other', down), events: ['flag:*'], batch, retry })
    await recordMany(audit, 5)
    await expect.poll(() => down).toHaveBeenCalled()
    expect(await audit.sinks.remove('other')).toMatchObject({ delivered: 0, pending: 5 })
    const back = memorySink({ name: 'other' })
    await audit.sinks.add({ sink: back, events: ['flag:*'], batch })
    await audit.flush()
    expect(keysOf(back)).toHaveLength(5)
    expectBalance(audit)
    await audit.close()
  })
})

describe('while the journal is not open yet', () => {
  function closedJournal() {
    const inner = memoryJournal()
    let open!: () => void
    const opened = new Promise<void>((resolve) => (open = resolve))
    const journal = { ...delegating(inner), open: (options: never) => opened.then(() => inner.open(options)) }
    return { journal, open }
  }

  test('an added sink waits for the journal, and misses nothing', async () => {
    const { journal, open } = closedJournal()
    const { audit } = openBooks([], { journal })
    const late = memorySink({ name: 'late' })
    let isAdded = false
    const added = audit.sinks.add(late).then(() => (isAdded = true))
    expect(audit.sinks.names).toEqual(['good', 'late'])
    await expect(audit.sinks.add(memorySink({ name: 'late' }))).rejects.toMatchObject({ code: 'AUDIT_INVALID_OPTIONS' })
    void audit.record('flag:created', { key: 'early' })
    await new Promise(setImmediate)
    expect(isAdded).toBe(false)
    open()
    await added
    await audit.flush()
    expect(keysOf(late)).toEqual(['early'])
    expectBalance(audit)
  })

  test('a removed sink is closed, and its add() rejects', async () => {
    const { journal, open } = closedJournal()
    const close = vi.fn(async () => undefined)
    const { audit, good } = openBooks([{ ...sinkThat('other', async () => undefined), close }], { journal })
    const late = memorySink({ name: 'late' })
    const added = audit.sinks.add(late)
    expect(await audit.sinks.remove('late')).toMatchObject({ wanted: 0, pending: 0 })
    await expect(added).rejects.toMatchObject({ code: 'AUDIT_SINK_FAILED', message: expect.stringContaining('was removed') })
    const removal = audit.sinks.remove('other')
    open()
    await removal
    expect(close).toHaveBeenCalledTimes(1)
    await audit.ready()
    await recordMany(audit, 1)
    await audit.close()
    expect(keysOf(good)).toEqual(['k0'])
    expect(late.events).toEqual([])
    expect(Object.keys(audit.stats().sinks)).toEqual(['good'])
  })

  test('close() rejects every add() that still waits', async () => {
    const { journal } = closedJournal()
    const { audit, clock } = openBooks([], { journal })
    const added = audit.sinks.add(memorySink({ name: 'late' }))
    const closing = audit.close()
    await expect(audit.sinks.add(memorySink({ name: 'later' }))).rejects.toMatchObject({ code: 'AUDIT_CLOSED' })
    await Promise.all([expect(added).rejects.toMatchObject({ code: 'AUDIT_CLOSED' }), clock.advance(10_000)])
    await closing
  })
})

test('after close() no sink is added or removed, and one that is being removed is closed once', async () => {
  const close = vi.fn(async () => undefined)
  const { audit } = openBooks([{ ...sinkThat('other', async () => undefined), close }])
  await recordMany(audit, 3)
  const removal = audit.sinks.remove('other')
  const closing = audit.close()
  const closed = { code: 'AUDIT_CLOSED' }
  await expect(audit.sinks.add(memorySink({ name: 'late' }))).rejects.toMatchObject(closed)
  await expect(audit.sinks.remove('good')).rejects.toMatchObject(closed)
  await Promise.all([removal, closing])
  expect(close).toHaveBeenCalledTimes(1)
  await expect(audit.sinks.remove('good')).rejects.toMatchObject(closed)
})

test('close() right after createAudit still delivers', async () => {
  const { audit, good } = openBooks([])
  void audit.record('flag:created', { key: 'a' })
  await audit.close()
  expect(keysOf(good)).toEqual(['a'])
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
