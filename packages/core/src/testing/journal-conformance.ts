import assert from 'node:assert/strict'
import { AuditError } from '../errors.ts'
import type { EventHeader } from '../event/event.ts'
import type { Journal } from '../journal/journal.ts'
import { conformanceRules, type ConformanceRule, type Exceptions } from './conformance.ts'
import { atOnce, cursorChecks, everything, never, rejectsWith, sequences, some } from './cursors-conformance.ts'
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

const cursorRules = Object.fromEntries(
  Object.entries(cursorChecks).map(([rule, check]) => [
    rule,
    ({ journal, clock }: OpenSetup) => check({ cursors: journal, append: (events) => journal.append(events), clock }),
  ]),
)

const checks = {
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
    for (const count of [1, 7, 2]) await journal.append(some(count))
    assert.deepEqual(await sequences(cursor), [...Array(10).keys()])
    assert.equal(journal.status().end, 10)
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
    await journal.append(some(1))
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
  async 'is never held up by unwanted events'({ journal }: OpenSetup) {
    const cursor = await journal.cursor('reader', { wants: (event: EventHeader) => event.action === 'deleted', from: 'oldest' })
    for (let bytes = 0; bytes < journal.status().maxBytes * 3; bytes += FILL_BYTES) await journal.append([large()])
    assert.equal(cursor.pending(), 0)
  },
  async 'holds events without a cursor'({ journal }: OpenSetup) {
    await journal.append(some(3))
    assert.deepEqual(await sequences(await journal.cursor('reader', everything)), [0, 1, 2])
  },
  async 'keeps its events and the offsets of its cursors when it is opened again'({ journal, clock, reopen }: OpenSetup) {
    assert.ok(reopen, 'the setup has no reopen(); add it, or except the rule with a reason')
    const cursor = await journal.cursor('reader', everything)
    await journal.append(some(5))
    await cursor.acknowledge((await cursor.next({ ...atOnce, maxEvents: 2 }, never())).end)
    const { source } = journal.status()
    await journal.close()
    const again = await reopen()
    try {
      await again.open(journalOpening(clock))
      assert.equal(again.status().source, source, 'the reopened journal has another log')
      await again.append(some(1))
      assert.deepEqual(await sequences(await again.cursor('reader', { ...everything, from: 'now' })), [2, 3, 4, 5])
    } finally {
      await again.close()
    }
  },
  async 'reports its state as plain JSON'({ journal }: OpenSetup) {
    await journal.append(some(1))
    const status = journal.status()
    assert.deepEqual(JSON.parse(JSON.stringify(status)), status)
    assert.deepEqual([status.state, status.end, status.events], ['open', 1, 1])
    assert.ok(status.bytes > 0 && status.bytes <= status.maxBytes)
  },
  async 'accepts no events after it is closed'({ journal }: OpenSetup) {
    await journal.close()
    await rejectsWith('AUDIT_CLOSED', journal.append(some(1)))
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
  return conformanceRules({ ...cursorRules, ...checks }, opened, tearDown, exceptions)
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

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}
