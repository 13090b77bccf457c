import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sampleBatch } from '@audit/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { sqliteStore } from '../src/index.ts'

test('the event loop turns while a search runs, and a page is answered during a summary', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-loop-'))
  const store = sqliteStore({ path: join(folder, 'audit.db') })
  onTestFinished(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })
  for (let batch = 0; batch < 20; batch++)
    await store.write(
      sampleBatch(1_000, (index) => ({ payload: { index } })),
      { signal: new AbortController().signal },
    )
  const reader = store.reader({ tenants: 'all' })
  let turns = 0
  const ticking = setInterval(() => turns++, 1)
  const order: string[] = []
  await Promise.all([
    reader.summary().then(({ count }) => order.push(`summary of ${count}`)),
    reader.page({}, { limit: 1 }).then(({ events }) => order.push(`page of ${events.length}`)),
  ])
  clearInterval(ticking)
  expect(order).toEqual(['page of 1', 'summary of 20000'])
  // A search in the main thread would leave none between its begin and its end.
  expect(turns).toBeGreaterThan(2)
})
