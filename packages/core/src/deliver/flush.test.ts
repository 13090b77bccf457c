import { expect, test } from 'vitest'
import { openBooks, recordMany, sinkThat } from '../../test/books.ts'
import type { Cursor, CursorOptions } from '../journal/cursors.ts'
import type { Journal } from '../journal/journal.ts'
import { memoryJournal } from '../journal/memory-journal.ts'
import { isDoneWithin } from '../deadline.ts'

/** A journal in memory with another cursor for the sinks named `slow`. */
function journalWith(cursorOf: (inner: Cursor, options: CursorOptions) => Cursor): Journal {
  const inner = memoryJournal()
  return {
    open: inner.open.bind(inner),
    append: inner.append.bind(inner),
    async cursor(name, options) {
      const cursor = await inner.cursor(name, options)
      return name === 'slow' ? cursorOf(cursor, options) : cursor
    },
    status: inner.status.bind(inner),
    close: inner.close.bind(inner),
  }
}

function bound(cursor: Cursor, changes: Partial<Cursor>): Cursor {
  return {
    next: cursor.next.bind(cursor),
    acknowledge: cursor.acknowledge.bind(cursor),
    pending: cursor.pending.bind(cursor),
    close: cursor.close.bind(cursor),
    ...changes,
  }
}

test('flush waits for events recorded while the journal is still saving the cursor', async () => {
  let note = () => undefined as void
  const noted = new Promise<void>((resolve) => (note = resolve))
  const taken: string[] = []
  const slow = sinkThat('slow', async ({ events }) => void taken.push(...events.map(({ action }) => action)))
  const journal = journalWith((inner) =>
    bound(inner, {
      async acknowledge(end) {
        await inner.acknowledge(end)
        await noted
      },
    }),
  )
  const { audit, clock } = openBooks([slow], { journal })
  await recordMany(audit, 5)
  await clock.advance(200)
  expect(taken).toHaveLength(6)
  await audit.record('flag:deleted', { key: 'late' })
  const flushed = audit.flush({ timeoutMs: 60_000 })
  await clock.advance(200)
  note()
  await flushed
  expect(taken.at(-1)).toBe('deleted')
})

test('flush does not wait for events that turn out to be unwanted', async () => {
  const backlog = 7
  let unknown = backlog
  let look = () => undefined as void
  const slow = sinkThat('slow', async () => undefined)
  const journal = journalWith((inner, options) => {
    look = () => {
      unknown = 0
      options.onUnwanted?.(backlog)
    }
    return bound(inner, { pending: () => inner.pending() + unknown })
  })
  const { audit, clock } = openBooks([slow], { journal })
  await recordMany(audit, 3)
  await clock.advance(200)
  const flushed = audit.flush({ timeoutMs: 60_000 })
  await clock.advance(200)
  expect(audit.stats().sinks['slow']).toMatchObject({ wanted: 4 + backlog, delivered: 4, pending: backlog })
  look()
  expect(await isDoneWithin(clock, 60_000, flushed)).toBe(true)
  expect(audit.stats().sinks['slow']).toMatchObject({ wanted: 4, delivered: 4, pending: 0 })
})
