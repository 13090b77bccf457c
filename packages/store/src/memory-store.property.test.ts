import { expect, test } from 'vitest'
import { memoryStore } from './memory-store.ts'
import type { PageOptions, Store } from './store.ts'
import type { StoreFilter } from './store-filter.ts'
import { compareWithModel } from './testing/store-model.ts'

const filters = 200 * Number(process.env['PROPERTY_RUNS'] ?? 1)

test('random pages have exactly the matching events of the scope, while events are stored', async () => {
  const report = await compareWithModel(memoryStore(), { events: 5_000, filters, seed: 1 })
  expect(report.pages).toBeGreaterThan(filters)
  expect(report.foreignTokens).toBeGreaterThan(filters)
})

/** A store with a fault, which the comparison must find. */
function faulty(
  fault: (
    store: Store,
    filter: StoreFilter,
    options: PageOptions,
  ) => { filter: StoreFilter; options: PageOptions; tenants?: 'all' },
): Store {
  const store = memoryStore()
  return {
    name: store.name,
    write: (batch, options) => store.write(batch, options),
    close: () => store.close(),
    reader: (scope) => {
      const reader = store.reader(scope)
      return {
        ...reader,
        page: (filter = {}, options = {}) => {
          const { tenants, ...changed } = fault(store, filter, options)
          return (tenants ? store.reader({ tenants }) : reader).page(changed.filter, changed.options)
        },
      } as ReturnType<Store['reader']>
    },
  }
}

test.each<[string, Parameters<typeof faulty>[0], RegExp]>([
  ['ignores a member', (_, { actor: _actor, ...filter }, options) => ({ filter, options }), /not selected/],
  ['ignores the scope', (_, filter, options) => ({ filter, options, tenants: 'all' }), /not selected|another tenant/],
  ['selects less', (_, filter, options) => ({ filter: { statuses: ['success'], ...filter }, options }), /missed/],
  [
    'repeats a page',
    (_, filter, { token: _token, ...options }) => ({ filter, options: { ...options, limit: 1_000 } }),
    /read twice/,
  ],
])('the comparison finds a store that %s', async (_, fault, found) => {
  await expect(compareWithModel(faulty(fault), { events: 4_000, filters: 300, seed: 2 })).rejects.toThrow(found)
})
