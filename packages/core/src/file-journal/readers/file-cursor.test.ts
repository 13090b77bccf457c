import { readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { keyed, keysOf } from '../../../test/log-files.ts'
import { overriddenDisk } from '../../../test/overridden-disk.ts'
import { temporaryDirectory } from '../../../test/temporary-directory.ts'
import type { EncodedEvent } from '../../event/event.ts'
import { journalOpening } from '../../testing/journal-opening.ts'
import { manualClock, type ManualClock } from '../../testing/manual-clock.ts'
import { sampleEncoded } from '../../testing/sample-events.ts'
import type { BatchLimits } from '../../event/batch.ts'
import type { Cursor, CursorOptions } from '../../journal/cursors.ts'
import type { Journal } from '../../journal/journal.ts'
import { fileJournalOn } from '../file-journal.ts'
import { nodeFileSystem } from '../../log-format/node-file-system.ts'

// In addition to the journal's conformance kit: several logs at once, skipped ranges, and disks that do not answer.

const everything: CursorOptions = { wants: () => true, from: 'oldest' }
const atOnce: BatchLimits = { maxEvents: 1_000, maxBytes: 1 << 30, maxAgeMs: 0 }
/** Has room for four of the events below. */
const SEGMENT_BYTES = 4_096
const text = 'x'.repeat(800)

interface Opened {
  readonly journal: Journal
  readonly clock: ManualClock
  readonly systemEvents: { readonly action: string; readonly payload: unknown }[]
  readonly warned: string[]
}

async function opened(directory: string, disk = nodeFileSystem): Promise<Opened> {
  const journal = fileJournalOn(disk, { directory, segmentBytes: SEGMENT_BYTES })
  const clock = manualClock()
  const systemEvents: Opened['systemEvents'] = []
  const warned: string[] = []
  await journal.open(
    journalOpening(clock, {
      systemEvent(action, payload) {
        systemEvents.push({ action, payload })
        return sampleEncoded({ type: 'audit', action, payload })
      },
      warn: (cause, message) => warned.push(`${cause}: ${message}`),
    }),
  )
  onTestFinished(() => journal.close())
  return { journal, clock, systemEvents, warned }
}

const large = (key: string, action = 'created'): EncodedEvent => keyed(`${key} ${text}`, action)
const flags: CursorOptions['wants'] = ({ type }) => type === 'flag'

async function appendMany(journal: Journal, count: number, action?: (index: number) => string): Promise<void> {
  for (let index = 0; index < count; index++) await journal.append([large(`${index}`, action?.(index))])
}

/** Reads at least this many events; events that are not in memory yet come later. */
async function read(cursor: Cursor, count = 1, limits: Partial<BatchLimits> = {}) {
  const signal = AbortSignal.timeout(120_000)
  for (;;) {
    const batch = await cursor.next({ ...atOnce, ...limits }, signal)
    const keys = batch.events.map((event) => (event.type === 'flag' ? keysOf([event])[0]!.split(' ')[0]! : event.action))
    if (keys.length >= count) return { keys, batch }
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Lets time pass until it is true. */
async function until(clock: ManualClock, isSo: () => boolean): Promise<void> {
  await vi.waitFor(
    async () => {
      await clock.advance(1_000)
      expect(isSo()).toBe(true)
    },
    { timeout: 120_000, interval: 1 },
  )
}

const logOf = (directory: string) =>
  join(
    directory,
    readdirSync(directory).find((name) => name.startsWith('kit-'))!,
    'log',
  )
const numbers = (from: number, end: number) => Array.from({ length: end - from }, (_, index) => String(from + index))

test('a cursor that opens late reads everything, although nothing was kept in memory without it', async () => {
  const { journal } = await opened(temporaryDirectory())
  await appendMany(journal, 3)
  const early = await journal.cursor('early', { ...everything, wants: flags })
  await appendMany(journal, 2)
  expect((await read(early, 5)).keys).toEqual(['0', '1', '2', '0', '1'])
  await early.close()
  await appendMany(journal, 2)
  const late = await journal.cursor('late', { ...everything, wants: flags })
  await appendMany(journal, 1)
  expect((await read(late, 8)).keys).toEqual(['0', '1', '2', '0', '1', '0', '1', '0'])
})

describe('a cursor of several logs', () => {
  /** Two logs of three events each, left by processes that ended normally, and a third one that is being written. */
  async function threeLogs(ownCount: number) {
    const directory = temporaryDirectory()
    const others = [await opened(directory), await opened(directory)]
    const own = await opened(directory)
    for (const [index, { journal }] of others.entries()) {
      // A cursor that the other logs know too, so that it begins at their oldest event.
      await journal.cursor('reader', everything)
      for (let event = 0; event < 3; event++) await journal.append([keyed(`${'ab'[index]}${event}`)])
    }
    const cursor = await own.journal.cursor('reader', everything)
    for (let event = 0; event < ownCount; event++) await own.journal.append([keyed(`own${event}`)])
    for (const { journal } of others) await journal.close()
    return { ...own, cursor }
  }

  test('a cursor of several logs reads each in order, lets none wait for another, and gives each back once it is read', async () => {
    const { journal, clock, cursor } = await threeLogs(20)
    const seen: string[] = []
    await until(clock, () => journal.status().orphanedLogs === 2)
    while (seen.length < 26) {
      const { keys, batch } = await read(cursor, 1, { maxEvents: 2 })
      seen.push(...keys)
      await cursor.acknowledge(batch.end)
    }
    for (const [log, count] of [
      ['a', 3],
      ['b', 3],
      ['own', 20],
    ] as const) {
      expect(seen.filter((key) => key.startsWith(log))).toEqual(Array.from({ length: count }, (_, event) => `${log}${event}`))
    }
    // Each other log had its turn before the largest log, the active one, was read to its end.
    expect(new Set(seen.slice(0, 10).map((key) => key.slice(0, -1)))).toEqual(new Set(['a', 'b', 'own']))
    await until(clock, () => journal.status().orphanedLogs === 0)
    expect(cursor.pending()).toBe(0)
  })

  test('a cursor acknowledges each log separately', async () => {
    const { journal, clock, cursor } = await threeLogs(3)
    await until(clock, () => journal.status().orphanedLogs === 2)
    const { batch, keys } = await read(cursor, 9)
    expect(keys).toHaveLength(9)
    await cursor.acknowledge(batch.slice(0, 4).end)
    expect(cursor.pending()).toBe(5)
    expect((await read(cursor, 5)).keys).toEqual(keys.slice(4))
  })
})

describe('a cursor that is too far behind', () => {
  test('a cursor that is too far behind skips events, and their exact names and counts are recorded', async () => {
    const directory = temporaryDirectory()
    const { journal, clock, systemEvents } = await opened(directory)
    const lost: number[] = []
    const behind = await journal.cursor('behind', {
      wants: ({ action }) => action !== 'read',
      from: 'oldest',
      maxLagBytes: 3 * SEGMENT_BYTES,
      onLost: (count) => lost.push(count),
    })
    const other = await journal.cursor('other', { ...everything, wants: flags })
    const actions = ['created', 'deleted', 'read']
    await appendMany(journal, 40, (index) => actions[index % 3]!)
    await until(clock, () => journal.status().end === 41)

    const { keys } = await read(behind, behind.pending())
    const first = Number(keys[0])
    const missed = numbers(0, 40).filter((key) => Number(key) < first && Number(key) % 3 < 2)
    expect(missed.length).toBeGreaterThan(10)
    expect(keys.slice(0, -1)).toEqual(numbers(first, 40).filter((key) => Number(key) % 3 < 2))
    const created = missed.filter((key) => Number(key) % 3 === 0).length
    const told = systemEvents.filter(({ action }) => action === 'lost')
    expect(told).toHaveLength(1)
    const time = expect.stringMatching(/^\d{4}-.*Z$/)
    expect(told[0]!.payload).toEqual({
      source: journal.status().source,
      count: missed.length,
      losses: [
        { name: 'flag:created', reason: 'lag', sink: 'behind', count: created, from: time, to: time },
        { name: 'flag:deleted', reason: 'lag', sink: 'behind', count: missed.length - created, from: time, to: time },
      ],
    })
    expect(lost).toEqual([missed.length])
    // The cursor wants the system event too, which comes last.
    expect(behind.pending()).toBe(keys.length)
    expect((await read(other, 40)).keys).toEqual(numbers(0, 40))
  })

  test('a cursor without a limit keeps every event, however far it is behind', async () => {
    const { journal, clock, systemEvents } = await opened(temporaryDirectory())
    const holding = await journal.cursor('holding', everything)
    await appendMany(journal, 40)
    await clock.advance(5_000)
    expect((await read(holding, 40)).keys).toEqual(numbers(0, 40))
    expect(systemEvents).toEqual([])
  })
})

describe('events of an earlier process', () => {
  async function backlog(count: number): Promise<string> {
    const directory = temporaryDirectory()
    const { journal } = await opened(directory)
    await appendMany(journal, count, (index) => (index % 4 === 0 ? 'deleted' : 'created'))
    await journal.close()
    return directory
  }

  test('events of an earlier process count as wanted until they are read; unwanted ones are then subtracted one by one', async () => {
    const { journal } = await opened(await backlog(20))
    let unwanted = 0
    const cursor = await journal.cursor('reader', {
      wants: ({ action }) => action === 'deleted',
      from: 'oldest',
      onUnwanted: (count) => (unwanted += count),
    })
    expect(cursor.pending()).toBe(20)
    await journal.append([large('new'), large('new', 'deleted')])
    expect([cursor.pending(), unwanted]).toEqual([21, 0])
    const { keys, batch } = await read(cursor, 6)
    expect(keys).toEqual(['0', '4', '8', '12', '16', 'new'])
    expect([cursor.pending(), unwanted]).toEqual([6, 15])
    await cursor.acknowledge(batch.end)
    expect(cursor.pending()).toBe(0)
  })

  test('removed events of an earlier process are skipped, reported, and counted as lost', async () => {
    const directory = await backlog(20)
    const removed = readdirSync(logOf(directory)).toSorted()[1]!
    rmSync(join(logOf(directory), removed))
    const { journal, systemEvents } = await opened(directory)
    const lost: number[] = []
    const cursor = await journal.cursor('reader', { wants: flags, from: 'oldest', onLost: (count) => lost.push(count) })
    const { keys, batch } = await read(cursor, 16)
    const gap = numbers(0, 20).filter((key) => !keys.includes(key))
    const from = Number(removed.slice(0, 20))
    expect(gap.length).toBeGreaterThanOrEqual(3)
    expect(gap).toEqual(numbers(from, from + gap.length))
    expect(systemEvents).toContainEqual({
      action: 'recovered',
      payload: { source: expect.any(String), reason: 'unreadable', from, to: from + gap.length },
    })
    await cursor.acknowledge(batch.end)
    expect([cursor.pending(), lost]).toEqual([0, [gap.length]])
    expect(systemEvents).toContainEqual({
      action: 'lost',
      payload: {
        source: expect.any(String),
        count: gap.length,
        losses: [expect.objectContaining({ name: '*:*', reason: 'unreadable', sink: 'reader', count: gap.length })],
      },
    })
  })

  test('events of an earlier process survive a disk that fails for a while: reading is retried', async () => {
    const directory = await backlog(20)
    let isDown = false
    const fail = () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }))
    const disk = overriddenDisk(nodeFileSystem, {
      open: (path, mode) => (isDown && mode === 'read' ? fail() : nodeFileSystem.open(path, mode)),
    })
    const { journal, clock, systemEvents, warned } = await opened(directory, disk)
    const cursor = await journal.cursor('reader', everything)
    isDown = true
    const reading = read(cursor, 20)
    await until(clock, () => warned.length > 1)
    expect(warned[0]).toBe("read reader: The journal could not be read for sink 'reader' (EIO); trying again.")
    expect(cursor.pending()).toBe(20)
    isDown = false
    let keys: readonly string[] = []
    void reading.then((result) => (keys = result.keys))
    await until(clock, () => keys.length > 0)
    expect(keys).toEqual(numbers(0, 20))
    expect(systemEvents).toEqual([])
  })

  test('events of an earlier process are read from the disk, in order and once, while new events are appended', async () => {
    const { journal } = await opened(await backlog(20))
    const cursor = await journal.cursor('reader', everything)
    const seen: string[] = []
    for (let index = 20; seen.length < 40; index++) {
      if (index < 40) await journal.append([large(`${index}`)])
      const { keys, batch } = await read(cursor, 1, { maxEvents: 3 })
      seen.push(...keys)
      await cursor.acknowledge(batch.end)
    }
    expect(seen).toEqual(numbers(0, 40))
  })
})

test('a cursor is asked once if it wants an event, also if the event is read from the disk later', async () => {
  const { journal } = await opened(temporaryDirectory())
  const asked: string[] = []
  const wants: CursorOptions['wants'] = ({ action }) => asked.push(action) > 0 && !action.endsWith('deleted')
  const cursor = await journal.cursor('reader', { wants, from: 'oldest' })
  // More than the journal keeps in memory.
  const huge = 'x'.repeat(100_000)
  const actions = Array.from({ length: 60 }, (_, index) => `e${index}-${index % 3 === 0 ? 'deleted' : 'created'}`)
  for (const action of actions) await journal.append([keyed(huge, action)])
  const wanted = actions.filter((action) => !action.endsWith('deleted'))
  expect(cursor.pending()).toBe(wanted.length)
  const seen: string[] = []
  while (seen.length < wanted.length) {
    const { batch } = await read(cursor, 1, { maxEvents: 7 })
    seen.push(...batch.events.map(({ action }) => action))
    await cursor.acknowledge(batch.end)
  }
  expect(seen).toEqual(wanted)
  expect(asked).toEqual(actions)
  expect(cursor.pending()).toBe(0)
})

test('a segment that is removed or replaced while it is being written is not written again, and the journal reports it', async () => {
  const directory = temporaryDirectory()
  const { journal, clock, systemEvents, warned } = await opened(directory)
  await journal.append([keyed('a')])
  const log = logOf(directory)
  const [segment] = readdirSync(log)
  renameSync(join(log, segment!), join(log, 'moved'))
  await until(clock, () => systemEvents.some(({ action }) => action === 'recovered'))
  expect(systemEvents[0]!.payload).toEqual({ source: journal.status().source, reason: 'missing', segment })
  expect(warned.join()).toMatch(/was removed or replaced while it was in use/)
  await journal.append([keyed('b')])
  expect(readdirSync(log).toSorted()).toEqual([expect.stringMatching(/^0{19}1\.1-1\.ndjson$/), 'moved'])
})
