import { describe, expect, test } from 'vitest'
import type { Cursor, Cursors } from '../journal/cursors.ts'
import { memoryJournal } from '../journal/memory-journal.ts'
import { brokenRules } from './conformance.ts'
import { cursorsConformance, type CursorsSetup } from './cursors-conformance.ts'
import { journalOpening } from './journal-opening.ts'

/** Cursors over a log that another writes: no journal, so nothing can be appended through them. */
async function setup(changes: (cursor: Cursor) => Partial<Cursor> = () => ({}), forget?: () => Promise<boolean>) {
  const journal = memoryJournal()
  const cursors: Cursors = {
    open: ({ clock }) => journal.open(journalOpening(clock)),
    async cursor(name, options) {
      const cursor = await journal.cursor(name, options)
      return {
        next: (limits, signal) => cursor.next(limits, signal),
        acknowledge: (end) => cursor.acknowledge(end),
        pending: () => cursor.pending(),
        close: () => cursor.close(),
        ...changes(cursor),
      }
    },
    status: () => journal.status(),
    close: () => journal.close(),
    ...(forget && { forget }),
  }
  return { cursors, append: (events) => journal.append(events) } satisfies CursorsSetup
}

describe('cursors that are no journal keep every rule of cursors', () => {
  for (const { name, run } of cursorsConformance(setup)) test(name, run)
})

test('cursors that forget what was acknowledged do not pass', async () => {
  const forgetful = () => setup(() => ({ acknowledge: async () => undefined }))
  expect([...(await brokenRules(cursorsConformance(forgetful))).keys()]).toEqual([
    'continues after the acknowledged events, also inside a batch',
    'keeps cursors apart',
    'opens one cursor of a name at a time, and the next one at its offset',
  ])
})

test('cursors that can be forgotten, and begin at their old place all the same, do not pass', async () => {
  const broken = await brokenRules(cursorsConformance(() => setup(undefined, async () => true)))
  expect([...broken]).toEqual([
    ['begins a forgotten cursor anew, if cursors can be forgotten', expect.stringContaining('an open cursor was forgotten')],
  ])
})
