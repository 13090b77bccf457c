import { sinkConformance } from '@audit/core/testing'
import { describe, test } from 'vitest'
import { memoryStore } from './memory-store.ts'
import { storeConformance } from './testing/store-conformance.ts'

describe('the store in memory is a store', () => {
  for (const rule of storeConformance(async () => ({ store: memoryStore() }))) test(rule.name, rule.run)
})

const inMemory = 'a store in memory has no destination that could be away'
const exceptions = {
  'rejects while the destination is down': inMemory,
  'stores again when the destination is back': inMemory,
  'stops when its signal aborts': 'it answers at once',
  'stores the other events of a refused batch and names the refused ones, or only reports a refusal': 'it refuses no event',
  'rejects with errors that quote no event': inMemory,
}

describe('the store in memory is a sink', () => {
  const setup = async () => {
    const store = memoryStore()
    const reader = store.reader({ tenants: 'all' })
    const read = async () => (await reader.page({}, { limit: 1_000, order: 'oldest' })).events.map(({ line }) => line)
    let last: readonly string[] = []
    // After its close, the events that were there before it.
    const stored = async () => (last = await read().catch(() => last))
    const write: typeof store.write = async (batch, options) => {
      await store.write(batch, options)
      last = await read()
    }
    const { name, close } = store
    return { sink: { name, write, close: () => close.call(store) }, stored }
  }
  for (const rule of sinkConformance(setup, exceptions)) test(rule.name, rule.run)
})
