import { describe, expect, test } from 'vitest'
import type { EventHeader } from '../event/event.ts'
import { memorySink } from '../sink/memory-sink.ts'
import { OptionChecks } from '../option-checks.ts'
import { resolveSink } from './resolve-sink.ts'
import type { SinkEntry } from './sink-entry.ts'

const names = ['flag:created', 'flag:deleted', 'user:created']
type Selection = Omit<SinkEntry, 'sink'>

function resolved(selection: Selection) {
  const checks = new OptionChecks()
  const target = resolveSink({ sink: memorySink(), ...selection }, 'sinks[0]', names, checks)
  return { wants: target!.wants, problems: checks.problems }
}

/** A header that records which of its fields were read, since a line on disk would have to parse them. */
function watched(systemEvents: Partial<EventHeader>): { readonly event: EventHeader; readonly asked: ReadonlySet<string> } {
  const asked = new Set<string>()
  const known: EventHeader = { type: 'flag', action: 'created', status: 'success', ...systemEvents }
  const event = new Proxy(known, { get: (_, name) => (asked.add(String(name)), known[name as keyof EventHeader]) })
  return { event, asked }
}

describe('tenants', () => {
  const { wants } = resolved({ tenants: ['acme', 'initech'] })
  test.each<[Partial<EventHeader>, boolean]>([
    [{ tenant: 'acme' }, true],
    [{ tenant: 'initech', status: 'denied' }, true],
    [{ tenant: 'Acme' }, false],
    [{ tenant: '' }, false],
    [{}, false],
    [{ type: 'audit', action: 'opened' }, false],
    [{ type: 'audit', action: 'opened', tenant: undefined }, false],
  ])('tenants decide if a sink wants an event with %j: %s', (systemEvents, expected) =>
    expect(wants(watched(systemEvents).event)).toBe(expected),
  )

  test('tenants are combined with patterns and statuses, and all of them must match', () => {
    const { wants } = resolved({ tenants: ['acme'], events: ['flag:*'], statuses: ['success'] })
    expect(wants(watched({ tenant: 'acme' }).event)).toBe(true)
    expect(wants(watched({ tenant: 'initech' }).event)).toBe(false)
    expect(wants(watched({ tenant: 'acme', type: 'user' }).event)).toBe(false)
    expect(wants(watched({ tenant: 'acme', status: 'denied' }).event)).toBe(false)
  })

  test.each([[[]], ['acme'], [['acme', 7]], [[undefined]], [['']], [['x'.repeat(257)]], [null]])(
    'tenants: %j is an error',
    (tenants) => {
      expect(resolved({ tenants } as never).problems).toEqual([expect.stringMatching(/^sinks\[0\]\.tenants: /)])
    },
  )
})

describe('options read only the fields they need', () => {
  const all = ['attempted', 'success', 'failure', 'denied'] as const
  test.each<[Selection, readonly string[]]>([
    [{}, []],
    [{ statuses: all }, []],
    [{ events: ['flag:*'] }, ['type', 'action']],
    [{ tenants: ['acme'] }, ['tenant']],
    [{ statuses: ['success'] }, ['status']],
    [{ events: ['flag:*'], tenants: ['acme'] }, ['type', 'action', 'tenant']],
    [{ tenants: ['acme'], statuses: ['success'] }, ['tenant', 'status']],
    [{ events: ['flag:*'], tenants: ['acme'], statuses: ['success'] }, ['type', 'action', 'tenant', 'status']],
  ])('a sink with %j reads only %j of an event', (selection, expected) => {
    const { event, asked } = watched({ tenant: 'acme' })
    expect(resolved(selection).wants(event)).toBe(true)
    expect([...asked]).toEqual(expected)
  })
})

describe('the limits of a batch', () => {
  const limits = (batch: SinkEntry['batch'], ofSink?: SinkEntry['batch']) => {
    const checks = new OptionChecks()
    const sink = Object.assign(memorySink(), ofSink && { batch: ofSink })
    const target = resolveSink(batch ? { sink, batch } : sink, 'sinks[0]', names, checks)
    return { ...target!.batch, problems: checks.problems }
  }

  test("batch limits are the entry's, else those of the sink, else the library's", () => {
    const usual = { maxEvents: 100, maxBytes: 1 << 20, maxAgeMs: 1_000, problems: [] }
    expect(limits(undefined)).toEqual(usual)
    expect(limits(undefined, { maxEvents: 1_000 })).toEqual({ ...usual, maxEvents: 1_000 })
    expect(limits({ maxEvents: 7 }, { maxEvents: 1_000, maxAgeMs: 5 })).toEqual({ ...usual, maxEvents: 7, maxAgeMs: 5 })
  })

  test('batch limits of a sink must be within the same bounds', () => {
    expect(limits(undefined, { maxEvents: 0 }).problems).toEqual([expect.stringMatching(/^sinks\[0\]\.batch\.maxEvents: /)])
  })
})

describe('a sink states defaults for its entry', () => {
  const targetOf = (sink: object, entry: Selection = {}) => {
    const checks = new OptionChecks()
    const { from, maxLagBytes } = resolveSink({ sink: { ...memorySink(), ...sink }, ...entry }, 'sinks[0]', names, checks)!
    return { from, maxLagBytes, problems: checks.problems }
  }
  const GiB = 2 ** 30
  test.each<[object, Selection, 'now' | 'oldest', number]>([
    [{}, {}, 'now', GiB],
    [{ from: 'oldest', onLag: 'hold' }, {}, 'oldest', Infinity],
    [{ from: 'oldest', onLag: 'hold' }, { from: 'now', onLag: 'skip' }, 'now', GiB],
    [{ onLag: 'hold' }, { maxLagBytes: 5 }, 'now', 5],
    [{ onLag: 'skip' }, { onLag: 'hold' }, 'now', Infinity],
  ])('a sink with %j and the entry %j begin with %s', (sink, entry, from, maxLagBytes) => {
    expect(targetOf(sink, entry)).toEqual({ from, maxLagBytes, problems: [] })
  })
  test('a default that does not exist is an error', () => {
    expect(targetOf({ from: 'begin', onLag: 'wait' }).problems).toEqual([
      "sinks[0].from: give 'now' or 'oldest'",
      "sinks[0].onLag: give 'skip' or 'hold'",
    ])
  })
})
