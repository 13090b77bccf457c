import assert from 'node:assert/strict'
import { AuditError, type AuditErrorCode } from '../errors.ts'
import type { AuditEvent, EventHeader } from '../event/event.ts'
import type { BatchLimits } from '../event/batch.ts'
import type { Cursor, CursorOptions, Journal } from '../journal/journal.ts'
import { conformanceRules, settlesWithin, type ConformanceRule, type Exceptions } from './conformance.ts'
import { journalOpening } from './journal-opening.ts'
import { manualClock, type ManualClock } from './manual-clock.ts'
import { sampleEncoded } from './sample-events.ts'

/** A fresh journal for each rule, not opened yet. */
export interface JournalSetup {
  readonly journal: Journal
  /**
   * The same log in a new journal, not opened yet; called after the first was closed. Left out if the log ends with its process.
   */
  reopen?(): Promise<Journal>
  tearDown?(): Promise<void>
}

interface OpenSetup extends JournalSetup {
  readonly clock: ManualClock
}

/** The journals of the kit hold at least this much, and must be full after some megabytes. */
const FILL_BYTES = 40_000
const atOnce: BatchLimits = { maxEvents: 1_000, maxBytes: 1 << 30, maxAgeMs: 0 }
const everything: CursorOptions = { wants: () => true, from: 'oldest' }
const never = (): AbortSignal => new AbortController().signal

const checks = {
  async 'gives events back in the order they came'({ journal }: OpenSetup) {
    const cursor = await journal.cursor('reader', everything)
    await append(journal, 3)
    await append(journal, 2)
    assert.deepEqual(await sequences(cursor), [0, 1, 2, 3, 4])
  },
  async 'adds source and sequence to each line, as its last members, and nothing else'({ journal }: OpenSetup) {
    const cursor = await journal.cursor('reader', everything)
    const event = sampleEncoded()
    await journal.append([event])
    const [line] = (await cursor.next(atOnce, never())).lines
    const { source } = journal.status()
    assert.ok(source?.startsWith('kit/'), `the source '${source}' does not begin with the service`)
    assert.equal(line, `${event.head},"source":${JSON.stringify(source)},"sequence":0}`)
  },
  async 'counts without holes'({ journal }: OpenSetup) {
    const cursor = await journal.cursor('reader', everything)
    for (const count of [1, 7, 2]) await append(journal, count)
    assert.deepEqual(await sequences(cursor), [...Array(10).keys()])
    assert.equal(journal.status().end, 10)
  },
  async 'leaves events in place until they are acknowledged'({ journal }: OpenSetup) {
    const cursor = await journal.cursor('reader', everything)
    await append(journal, 2)
    assert.deepEqual(await sequences(cursor), [0, 1])
    assert.deepEqual(await sequences(cursor), [0, 1])
    await append(journal, 1)
    assert.deepEqual(await sequences(cursor), [0, 1, 2])
  },
  async 'continues after the acknowledged events, also inside a batch'({ journal }: OpenSetup) {
    const cursor = await journal.cursor('reader', everything)
    await append(journal, 5)
    const batch = await cursor.next(atOnce, never())
    await cursor.acknowledge(batch.slice(0, 2).end)
    assert.deepEqual(await sequences(cursor), [2, 3, 4])
    await cursor.acknowledge(batch.end)
    assert.equal(cursor.pending(), 0)
  },
  async 'skips unwanted events'({ journal }: OpenSetup) {
    const cursor = await journal.cursor('reader', { wants: (event: EventHeader) => event.action === 'deleted', from: 'oldest' })
    await append(journal, 3)
    await journal.append([sampleEncoded({ action: 'deleted' })])
    await append(journal, 2)
    assert.deepEqual(await sequences(cursor), [3])
    assert.equal(cursor.pending(), 1)
  },
  async 'shows its cursors type, action and status'({ journal }: OpenSetup) {
    const seen: EventHeader[] = []
    await journal.cursor('reader', {
      wants: ({ type, action, status }) => seen.push({ type, action, status }) > 0,
      from: 'oldest',
    })
    await journal.append([sampleEncoded({ type: 'segment', action: 'updated', status: 'denied' })])
    assert.deepEqual(seen.at(-1), { type: 'segment', action: 'updated', status: 'denied' })
  },
  async 'keeps cursors apart'({ journal }: OpenSetup) {
    const [one, other] = [await journal.cursor('one', everything), await journal.cursor('other', everything)]
    await append(journal, 2)
    await one.acknowledge((await one.next(atOnce, never())).end)
    assert.equal(one.pending(), 0)
    assert.deepEqual(await sequences(other), [0, 1])
  },
  async 'begins at the oldest event or now, as requested'({ journal }: OpenSetup) {
    await journal.cursor('holder', everything)
    await append(journal, 2)
    const [late, early] = [
      await journal.cursor('late', { ...everything, from: 'now' }),
      await journal.cursor('early', everything),
    ]
    await append(journal, 1)
    assert.deepEqual([await sequences(late), await sequences(early)], [[2], [0, 1, 2]])
  },
  async 'opens one cursor of a name at a time, and the next one at its offset'({ journal }: OpenSetup) {
    const first = await journal.cursor('reader', everything)
    await rejectsWith('AUDIT_CURSOR_TAKEN', journal.cursor('reader', everything))
    await append(journal, 2)
    await first.acknowledge((await first.next({ ...atOnce, maxEvents: 1 }, never())).end)
    await first.close()
    assert.deepEqual(await sequences(await journal.cursor('reader', { ...everything, from: 'now' })), [1])
  },
  async 'gives a batch when it has enough events'({ journal }: OpenSetup) {
    const cursor = await journal.cursor('reader', everything)
    await append(journal, 5)
    assert.deepEqual(await sequences(cursor, { maxEvents: 3, maxBytes: 1 << 30, maxAgeMs: 1e9 }), [0, 1, 2])
  },
  async 'gives a batch when it has enough bytes, and one event at least'({ journal }: OpenSetup) {
    const cursor = await journal.cursor('reader', everything)
    await append(journal, 5)
    const size = (await cursor.next({ ...atOnce, maxEvents: 1 }, never())).byteLength
    const two = await cursor.next({ maxEvents: 100, maxBytes: size * 2, maxAgeMs: 1e9 }, never())
    assert.deepEqual([two.lines.length, two.byteLength], [2, size * 2])
    assert.deepEqual(await sequences(cursor, { maxEvents: 100, maxBytes: 1, maxAgeMs: 1e9 }), [0])
  },
  async 'gives a batch when its oldest event has waited long enough'({ journal, clock }: OpenSetup) {
    const cursor = await journal.cursor('reader', everything)
    const batch = cursor.next({ maxEvents: 100, maxBytes: 1 << 30, maxAgeMs: 1_000 }, never())
    await append(journal, 1)
    await clock.advance(900)
    await append(journal, 1)
    await clock.advance(99)
    assert.ok(!(await settlesWithin(20, batch)), 'the batch came too early')
    await clock.advance(1)
    assert.ok(await settlesWithin(2_000, batch), 'the batch did not come in time')
    assert.equal((await batch).lines.length, 2)
  },
  async 'stops waiting when its signal aborts'({ journal }: OpenSetup) {
    const cursor = await journal.cursor('reader', everything)
    const abort = new AbortController()
    const batch = cursor.next(atOnce, abort.signal)
    batch.catch(() => undefined)
    abort.abort()
    assert.ok(await settlesWithin(2_000, batch), 'next() still waits')
    await assert.rejects(batch)
    await append(journal, 1)
    assert.deepEqual(await sequences(cursor), [0])
  },
  async 'rejects when it is full, holding none of the group, and accepts events again when there is room'({
    journal,
  }: OpenSetup) {
    const cursor = await journal.cursor('reader', everything)
    const { end } = await fill(journal)
    assert.equal(journal.status().state, 'full')
    assert.equal(journal.status().end, end, 'a rejected group changed the end of the log')
    const half = await cursor.next({ ...atOnce, maxEvents: Math.ceil(end / 2) }, never())
    await cursor.acknowledge(half.end)
    await append(journal, 1)
    assert.deepEqual(
      (await cursor.next({ ...atOnce, maxEvents: 100_000 }, never())).events.map((event) => event.sequence),
      range(half.end, end + 1),
    )
  },
  async 'keeps room for the audit:* events about losses'({ journal }: OpenSetup) {
    await journal.cursor('reader', everything)
    await fill(journal)
    await journal.append([sampleEncoded({ type: 'audit', action: 'lost' })])
  },
  async 'is never delayed by unwanted events'({ journal }: OpenSetup) {
    const cursor = await journal.cursor('reader', { wants: (event: EventHeader) => event.action === 'deleted', from: 'oldest' })
    for (let bytes = 0; bytes < journal.status().maxBytes * 3; bytes += FILL_BYTES) await journal.append([large()])
    assert.equal(cursor.pending(), 0)
  },
  async 'holds events without a cursor'({ journal }: OpenSetup) {
    await append(journal, 3)
    assert.deepEqual(await sequences(await journal.cursor('reader', everything)), [0, 1, 2])
  },
  async 'keeps its events and the offsets of its cursors when it is opened again'({ journal, clock, reopen }: OpenSetup) {
    assert.ok(reopen, 'the setup has no reopen(); add it, or except the rule with a reason')
    const cursor = await journal.cursor('reader', everything)
    await append(journal, 5)
    await cursor.acknowledge((await cursor.next({ ...atOnce, maxEvents: 2 }, never())).end)
    const { source } = journal.status()
    await journal.close()
    const again = await reopen()
    try {
      await again.open(journalOpening(clock))
      assert.equal(again.status().source, source, 'the reopened journal has another log')
      await append(again, 1)
      assert.deepEqual(await sequences(await again.cursor('reader', { ...everything, from: 'now' })), [2, 3, 4, 5])
    } finally {
      await again.close()
    }
  },
  async 'reports its state as plain JSON'({ journal }: OpenSetup) {
    await append(journal, 1)
    const status = journal.status()
    assert.deepEqual(JSON.parse(JSON.stringify(status)), status)
    assert.deepEqual([status.state, status.end, status.events], ['open', 1, 1])
    assert.ok(status.bytes > 0 && status.bytes <= status.maxBytes)
  },
  async 'ends when it is closed, and so do its cursors'({ journal }: OpenSetup) {
    const cursor = await journal.cursor('reader', everything)
    const batch = cursor.next(atOnce, never())
    batch.catch(() => undefined)
    await journal.close()
    await journal.close()
    assert.ok(await settlesWithin(2_000, batch), 'a cursor still waits')
    await assert.rejects(batch)
    await rejectsWith('AUDIT_CLOSED', journal.append([sampleEncoded()]))
    await rejectsWith('AUDIT_CLOSED', journal.cursor('other', everything))
    assert.equal(journal.status().state, 'closed')
  },
} satisfies Record<string, (setup: OpenSetup) => Promise<void>>

/**
 * Returns the promises of every journal as rules for a test runner. `setup` makes a fresh journal for each, small enough to fill.
 */
export function journalConformance(setup: () => Promise<JournalSetup>, exceptions: Exceptions = {}): readonly ConformanceRule[] {
  const opened = async (): Promise<OpenSetup> => {
    const fresh = await setup()
    const clock = manualClock()
    await fresh.journal.open(journalOpening(clock))
    return { ...fresh, clock }
  }
  const tearDown = async ({ journal, tearDown }: OpenSetup) => {
    await journal.close()
    await tearDown?.()
  }
  return conformanceRules(checks, opened, tearDown, exceptions)
}

async function append(journal: Journal, count: number): Promise<void> {
  await journal.append(Array.from({ length: count }, () => sampleEncoded()))
}

function large(): ReturnType<typeof sampleEncoded> {
  return sampleEncoded({ payload: { key: 'x'.repeat(FILL_BYTES) } })
}

/** Appends two at a time until the journal rejects. */
async function fill(journal: Journal): Promise<{ readonly end: number }> {
  for (let bytes = 0; bytes < journal.status().maxBytes * 2 + 4 * FILL_BYTES; bytes += 2 * FILL_BYTES) {
    const { end } = journal.status()
    try {
      await journal.append([large(), large()])
    } catch (error) {
      assert.ok(AuditError.isInstance(error) && error.code === 'AUDIT_JOURNAL_FULL', `it rejects with ${String(error)}`)
      return { end }
    }
  }
  return assert.fail('the journal is never full')
}

async function sequences(cursor: Cursor, limits: BatchLimits = atOnce): Promise<readonly (number | undefined)[]> {
  const { events } = await cursor.next(limits, never())
  return events.map((event: AuditEvent) => event.sequence)
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}

async function rejectsWith(code: AuditErrorCode, promise: Promise<unknown>): Promise<void> {
  const error = await promise.then(
    () => assert.fail('it resolved'),
    (reason: unknown) => reason,
  )
  assert.ok(AuditError.isInstance(error) && error.code === code, `it rejects with ${String(error)}, not with ${code}`)
}
