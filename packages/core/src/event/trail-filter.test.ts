import { expect, test } from 'vitest'
import { sampleEvent } from '../testing/sample-events.ts'
import { compileTrailFilter, type TrailFilter } from './trail-filter.ts'

const now = Date.UTC(2026, 10, 30, 12)
const timestamp = '2026-11-30T11:30:00.000Z'
const event = sampleEvent({
  timestamp,
  metadata: { actor: { authentication: 'token', id: 'u_1', email: 'Ada@example.com' }, tenant: 'acme' },
  target: { type: 'flag', id: 'a/b' },
})

test.each<TrailFilter>([
  {},
  { events: ['flag:*'] },
  { events: ['!flag:deleted', '!*:read'] },
  { actor: 'u_1' },
  { actor: 'ada@EXAMPLE.com' },
  { target: 'flag/a/b' },
  { target: { type: 'flag', id: 'a/b' } },
  { tenant: 'acme' },
  { since: '30m' },
  { since: timestamp, until: '1s' },
  { events: ['*:created'], actor: 'u_1', target: 'flag/a/b', tenant: 'acme', since: '2026-11-30', until: new Date(now) },
])('an event is selected by %j', (filter) => {
  expect(compileTrailFilter(filter, now).matches(event)).toBe(true)
})

test.each<TrailFilter>([
  { events: ['flag:deleted'] },
  { events: ['*:created', '!flag:*'] },
  { events: ['audit:*'] },
  { actor: 'U_1' },
  { actor: 'ada' },
  { target: 'flag/a' },
  { target: 'rule/a/b' },
  { tenant: 'Acme' },
  { since: '29m' },
  { until: timestamp },
])('an event is not selected by %j', (filter) => {
  expect(compileTrailFilter(filter, now).matches(event)).toBe(false)
})

test('an event with no tenant, target or email address is not selected by a filter for one', () => {
  const bare = sampleEvent({ metadata: { actor: { authentication: 'none' } } })
  for (const filter of [{ tenant: 'acme' }, { target: 'flag/a' }, { actor: 'ada@example.com' }]) {
    expect(compileTrailFilter(filter, now).matches(bare)).toBe(false)
  }
})

test("the library's own events are selected by *:* and by their noun, not by other wildcards", () => {
  const own = { type: 'audit', action: 'created' }
  const isSelected = (events: readonly string[]) => compileTrailFilter({ events }, now).events(own)
  expect([['*:*'], ['audit:*'], ['!flag:*']].map(isSelected)).toEqual([true, true, true])
  expect([['*:created'], ['*:*', '!audit:*']].map(isSelected)).toEqual([false, false])
})

test('a compiled filter has its parts as a query needs them', () => {
  const given = { actor: 'Ada', target: 'flag/a/b', tenant: 'acme', since: '1h', until: '2026-11-30T12:00:00Z' }
  const { actor, target, tenant, since, until } = compileTrailFilter(given, now)
  expect({ actor, target, tenant, since, until }).toEqual({
    actor: 'Ada',
    target: { type: 'flag', id: 'a/b' },
    tenant: 'acme',
    since: now - 3_600_000,
    until: now,
  })
})

test('all problems with a filter are in one error', () => {
  const wrong = { events: ['flag'], actor: '', target: 'flag', since: 'yesterday' }
  expect(() => compileTrailFilter(wrong, now)).toThrow(
    expect.objectContaining({
      code: 'AUDIT_INVALID_OPTIONS',
      problems: [
        expect.stringMatching(/^events: 'flag' has no verb/),
        'actor: give text',
        "target: write 'type/id', such as 'flag/flipt'",
        expect.stringMatching(/^since: 'yesterday' is not a time/),
      ],
    }),
  )
  expect(() => compileTrailFilter({ since: '1h', until: '2h' }, now)).toThrow('since: it is after until')
  expect(() => compileTrailFilter({ events: ['flag'] }, now)).toThrow(expect.objectContaining({ code: 'AUDIT_INVALID_PATTERN' }))
})
