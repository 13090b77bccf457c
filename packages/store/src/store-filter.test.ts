import { describe, expect, test } from 'vitest'
import { selectionOf, type StoreFilter } from './store-filter.ts'

const all = { tenants: 'all' } as const
const keyOf = (filter: StoreFilter, scope: Parameters<typeof selectionOf>[1] = all) => selectionOf(filter, scope, 0).key

test('one error lists all problems of a filter, and what was meant', () => {
  const filter = { acter: 'u_1', statuses: ['done'], since: 'soon', payload: { a: 1, '/b': [] }, events: ['flag'] }
  expect(() => selectionOf(filter as unknown as StoreFilter, all, 0)).toThrow(
    expect.objectContaining({
      code: 'AUDIT_INVALID_OPTIONS',
      problems: [
        "'acter': there is no such member; did you mean 'actor'?",
        "events: 'flag' has no verb; write 'flag:*' for all its verbs",
        "since: 'soon' is not a time; write 1h, 30m, 7d or 2026-11-22T09:00:00Z",
        "statuses: give a list of 'attempted', 'success', 'failure', 'denied'",
        'payload: "a" is not a JSON pointer; write \'/enabled\'',
        'payload: the value at "/b" must be a text, a number, true, false or null',
      ],
    }),
  )
})

test('wrong patterns alone have their own code', () => {
  expect(() => selectionOf({ events: ['Flag:*'] }, all, 0)).toThrow(expect.objectContaining({ code: 'AUDIT_INVALID_PATTERN' }))
})

test.each<[StoreFilter, readonly string[] | 'all', readonly string[] | 'all']>([
  [{}, 'all', 'all'],
  [{}, ['b', 'a', 'b'], ['a', 'b']],
  [{ tenant: 'a' }, 'all', ['a']],
  [{ tenant: 'a' }, ['a', 'b'], ['a']],
  [{ tenant: 'c' }, ['a', 'b'], []],
  [{ tenant: 'all' }, [], []],
])('the filter %j in the scope %j selects the tenants %j', (filter, tenants, selected) => {
  expect(selectionOf(filter, { tenants }, 0).tenants).toEqual(selected)
})

describe('the key of a filter', () => {
  test('is the same for the same filter, however it is written', () => {
    expect(keyOf({ target: 'flag/a/b', actor: 'u' })).toBe(keyOf({ actor: 'u', target: { id: 'a/b', type: 'flag' } }))
    expect(keyOf({ payload: { '/a': 1, '/b': 2 } })).toBe(keyOf({ payload: { '/b': 2, '/a': 1 } }))
    expect(keyOf({}, { tenants: ['a', 'b'] })).toBe(keyOf({}, { tenants: ['b', 'a', 'a'] }))
  })
  test('differs for other filters and scopes', () => {
    const filters: readonly StoreFilter[] = [
      {},
      { actor: 'u' },
      { ip: 'u' },
      { since: '1h' },
      { payload: { '/a': 1 } },
      { payload: { '/a': '1' } },
    ]
    const keys = [...filters.map((filter) => keyOf(filter)), keyOf({}, { tenants: [] }), keyOf({}, { tenants: ['all'] })]
    expect(new Set(keys).size).toBe(keys.length)
  })
})
