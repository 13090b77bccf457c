import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { expectBalance, openBooks, recordMany, sinkThat } from '../../test/books.ts'
import { systemClock } from '../clock.ts'
import { fileJournal } from '../file-journal/file-journal.ts'
import { memoryJournal } from '../journal/memory-journal.ts'
import type { Journal } from '../journal/journal.ts'

const directory = mkdtempSync(join(tmpdir(), 'audit-running-sinks-'))
afterAll(() => rmSync(directory, { recursive: true }))

const step = fc.oneof(
  fc.record({ kind: fc.constant('record'), count: fc.integer({ min: 1, max: 40 }) }),
  fc.constant({ kind: 'add' } as const),
  fc.constant({ kind: 'remove' } as const),
  fc.record({ kind: fc.constant('turns'), count: fc.integer({ min: 1, max: 6 }) }),
)
const steps = fc.array(step, { minLength: 4, maxLength: 24 })
type Steps = typeof steps extends fc.Arbitrary<infer T> ? T : never

/** Runs the steps one after the other, without waiting; they add and remove the same sink, again and again. */
async function run(given: Steps, journal: Journal): Promise<void> {
  const { audit, good } = openBooks([], { journal, clock: systemClock })
  const kept: number[] = []
  const comingAndGoing = sinkThat('other', async (batch) => {
    await new Promise(setImmediate)
    kept.push(...batch.events.map(({ sequence }) => sequence!))
  })
  const entry = { sink: comingAndGoing, batch: { maxEvents: 7, maxAgeMs: 0 }, from: 'oldest' } as const
  const under: Promise<unknown>[] = [audit.sinks.add(entry).catch(() => undefined)]
  for (const each of given) {
    switch (each.kind) {
      case 'record':
        under.push(recordMany(audit, each.count))
        break
      case 'add':
        under.push(audit.sinks.add(entry).catch(() => undefined))
        break
      case 'remove':
        under.push(audit.sinks.remove('other').then(checkBooks, () => undefined))
        break
      case 'turns':
        for (let turn = 0; turn < each.count; turn++) await new Promise(setImmediate)
    }
  }
  await Promise.all(under)
  if (!audit.sinks.names.includes('other')) await audit.sinks.add(entry)
  await audit.flush()
  expectBalance(audit)
  expect(audit.stats().sinks['other']).toMatchObject({ pending: 0 })
  // A sink that never fails, nor is cut off, gets each event of its time once and in order.
  expect(kept).toEqual(good.events.map(({ sequence }) => sequence!))
  await audit.close()
}

function checkBooks(counters: Awaited<ReturnType<ReturnType<typeof openBooks>['audit']['sinks']['remove']>>): void {
  expect(counters.delivered + counters.deadLettered + counters.lost + counters.pending, JSON.stringify(counters)).toBe(
    counters.wanted,
  )
}

test('a sink that is added and removed while events are recorded misses none, and its counts add up: memory', async () => {
  await fc.assert(
    fc.asyncProperty(steps, (given) => run(given, memoryJournal())),
    { numRuns: 300 },
  )
})

test('a sink that is added and removed while events are recorded misses none, and its counts add up: file', async () => {
  let runs = 0
  await fc.assert(
    fc.asyncProperty(steps, (given) => run(given, fileJournal({ directory: join(directory, String(++runs)) }))),
    { numRuns: 40 },
  )
})
