import assert from 'node:assert/strict'
import { AuditError, type AuditErrorCode } from '../errors.ts'
import type { BatchLimits } from '../event/batch.ts'
import type { AuditEvent, EncodedEvent, EventHeader } from '../event/event.ts'
import { isForgettable } from '../journal/capabilities.ts'
import type { Cursor, CursorOptions, Cursors } from '../journal/cursors.ts'
import { conformanceRules, settlesWithin, type ConformanceRule, type Exceptions } from './conformance.ts'
import { manualClock, type ManualClock } from './manual-clock.ts'
import { sampleEncoded } from './sample-events.ts'

/** Fresh cursors for each rule, not opened yet, over one log without events. */
export interface CursorsSetup {
  readonly cursors: Cursors
  /** Adds events to the log, in order. Resolves when a cursor can return them. */
  append(events: readonly EncodedEvent[]): Promise<void>
  tearDown?(): Promise<void>
}

interface OpenSetup {
  readonly cursors: Cursors
  readonly append: CursorsSetup['append']
  readonly clock: ManualClock
}

export const atOnce: BatchLimits = { maxEvents: 1_000, maxBytes: 1 << 30, maxAgeMs: 0 }
export const everything: CursorOptions = { wants: () => true, from: 'oldest' }
export const never = (): AbortSignal => new AbortController().signal

/** The rules of cursors; a journal keeps them too. */
export const cursorChecks: Readonly<Record<string, (setup: OpenSetup) => Promise<void>>> = {
  async 'gives events back in the order they came'({ cursors, append }) {
    const cursor = await cursors.cursor('reader', everything)
    await append(some(3))
    await append(some(2))
    assert.deepEqual(await sequences(cursor), [0, 1, 2, 3, 4])
  },
  async 'leaves events in place until they are acknowledged'({ cursors, append }) {
    const cursor = await cursors.cursor('reader', everything)
    await append(some(2))
    assert.deepEqual(await sequences(cursor), [0, 1])
    assert.deepEqual(await sequences(cursor), [0, 1])
    await append(some(1))
    assert.deepEqual(await sequences(cursor), [0, 1, 2])
  },
  async 'continues after the acknowledged events, also inside a batch'({ cursors, append }) {
    const cursor = await cursors.cursor('reader', everything)
    await append(some(5))
    const batch = await cursor.next(atOnce, never())
    await cursor.acknowledge(batch.slice(0, 2).end)
    assert.deepEqual(await sequences(cursor), [2, 3, 4])
    await cursor.acknowledge(batch.end)
    assert.equal(cursor.pending(), 0)
  },
  async 'skips unwanted events'({ cursors, append }) {
    const cursor = await cursors.cursor('reader', { wants: (event: EventHeader) => event.action === 'deleted', from: 'oldest' })
    await append(some(3))
    await append([sampleEncoded({ action: 'deleted' })])
    await append(some(2))
    assert.deepEqual(await sequences(cursor), [3])
    assert.equal(cursor.pending(), 1)
  },
  async 'shows its cursors type, action and status'({ cursors, append }) {
    const seen: EventHeader[] = []
    await cursors.cursor('reader', {
      wants: ({ type, action, status }) => seen.push({ type, action, status }) > 0,
      from: 'oldest',
    })
    await append([sampleEncoded({ type: 'segment', action: 'updated', status: 'denied' })])
    assert.deepEqual(seen.at(-1), { type: 'segment', action: 'updated', status: 'denied' })
  },
  async 'keeps cursors apart'({ cursors, append }) {
    const [one, other] = [await cursors.cursor('one', everything), await cursors.cursor('other', everything)]
    await append(some(2))
    await one.acknowledge((await one.next(atOnce, never())).end)
    assert.equal(one.pending(), 0)
    assert.deepEqual(await sequences(other), [0, 1])
  },
  async 'begins at the oldest event or now, as requested'({ cursors, append }) {
    await cursors.cursor('holder', everything)
    await append(some(2))
    const [late, early] = [
      await cursors.cursor('late', { ...everything, from: 'now' }),
      await cursors.cursor('early', everything),
    ]
    await append(some(1))
    assert.deepEqual([await sequences(late), await sequences(early)], [[2], [0, 1, 2]])
  },
  async 'opens one cursor of a name at a time, and the next one at its offset'({ cursors, append }) {
    const first = await cursors.cursor('reader', everything)
    await rejectsWith('AUDIT_CURSOR_TAKEN', cursors.cursor('reader', everything))
    await append(some(2))
    await first.acknowledge((await first.next({ ...atOnce, maxEvents: 1 }, never())).end)
    await first.close()
    assert.deepEqual(await sequences(await cursors.cursor('reader', { ...everything, from: 'now' })), [1])
  },
  async 'gives a batch when it has enough events'({ cursors, append }) {
    const cursor = await cursors.cursor('reader', everything)
    await append(some(5))
    assert.deepEqual(await sequences(cursor, { maxEvents: 3, maxBytes: 1 << 30, maxAgeMs: 1e9 }), [0, 1, 2])
  },
  async 'gives a batch when it has enough bytes, and one event at least'({ cursors, append }) {
    const cursor = await cursors.cursor('reader', everything)
    await append(some(5))
    const size = (await cursor.next({ ...atOnce, maxEvents: 1 }, never())).byteLength
    const two = await cursor.next({ maxEvents: 100, maxBytes: size * 2, maxAgeMs: 1e9 }, never())
    assert.deepEqual([two.lines.length, two.byteLength], [2, size * 2])
    assert.deepEqual(await sequences(cursor, { maxEvents: 100, maxBytes: 1, maxAgeMs: 1e9 }), [0])
  },
  async 'gives a batch when its oldest event has waited long enough'({ cursors, append, clock }) {
    const cursor = await cursors.cursor('reader', everything)
    const batch = cursor.next({ maxEvents: 100, maxBytes: 1 << 30, maxAgeMs: 1_000 }, never())
    await append(some(1))
    await clock.advance(900)
    await append(some(1))
    await clock.advance(99)
    assert.ok(!(await settlesWithin(20, batch)), 'the batch came too early')
    await clock.advance(1)
    assert.ok(await settlesWithin(2_000, batch), 'the batch did not come in time')
    assert.equal((await batch).lines.length, 2)
  },
  async 'stops waiting when its signal aborts'({ cursors, append }) {
    const cursor = await cursors.cursor('reader', everything)
    const abort = new AbortController()
    const batch = cursor.next(atOnce, abort.signal)
    batch.catch(() => undefined)
    abort.abort()
    assert.ok(await settlesWithin(2_000, batch), 'next() still waits')
    await assert.rejects(batch)
    await append(some(1))
    assert.deepEqual(await sequences(cursor), [0])
  },
  async 'begins a forgotten cursor anew, if cursors can be forgotten'({ cursors, append }) {
    if (!isForgettable(cursors)) return
    const cursor = await cursors.cursor('reader', everything)
    await append(some(2))
    assert.equal(await cursors.forget('reader'), false, 'an open cursor was forgotten')
    await cursor.acknowledge((await cursor.next(atOnce, never())).end)
    await cursor.close()
    assert.deepEqual([await cursors.forget('reader'), await cursors.forget('reader')], [true, false])
    assert.deepEqual(await sequences(await cursors.cursor('reader', everything)), [0, 1])
  },
  async 'ends when it is closed, and so do its cursors'({ cursors }) {
    const cursor = await cursors.cursor('reader', everything)
    const batch = cursor.next(atOnce, never())
    batch.catch(() => undefined)
    await cursors.close()
    await cursors.close()
    assert.ok(await settlesWithin(2_000, batch), 'a cursor still waits')
    await assert.rejects(batch)
    await rejectsWith('AUDIT_CLOSED', cursors.cursor('other', everything))
    assert.equal(cursors.status().state, 'closed')
  },
}

/** Returns the promises of `Cursors` as rules for a test runner. */
export function cursorsConformance(setup: () => Promise<CursorsSetup>, exceptions: Exceptions = {}): readonly ConformanceRule[] {
  const opened = async () => {
    const fresh = await setup()
    const clock = manualClock()
    await fresh.cursors.open({ clock, warn: () => undefined })
    const { cursors } = fresh
    return {
      cursors,
      clock,
      append: (events: readonly EncodedEvent[]) => fresh.append(events),
      tearDown: () => fresh.tearDown?.(),
    }
  }
  const tearDown = async (fresh: OpenSetup & { readonly tearDown: () => Promise<void> | undefined }) => {
    await fresh.cursors.close()
    await fresh.tearDown()
  }
  return conformanceRules(cursorChecks, opened, tearDown, exceptions)
}

/** Returns that many events. */
export function some(count: number): readonly EncodedEvent[] {
  return Array.from({ length: count }, () => sampleEncoded())
}

/** The sequences of the events that the cursor returns next. */
export async function sequences(cursor: Cursor, limits: BatchLimits = atOnce): Promise<readonly (number | undefined)[]> {
  const { events } = await cursor.next(limits, never())
  return events.map((event: AuditEvent) => event.sequence)
}

export async function rejectsWith(code: AuditErrorCode, promise: Promise<unknown>): Promise<void> {
  const error = await promise.then(
    () => assert.fail('it resolved'),
    (reason: unknown) => reason,
  )
  assert.ok(AuditError.isInstance(error) && error.code === code, `it rejects with ${String(error)}, not with ${code}`)
}
