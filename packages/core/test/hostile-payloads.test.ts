import { memoryJournal } from '../src/journal/memory-journal.ts'
import { Decimal } from 'decimal.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { hostileValues, rigged, trapped, tripwire } from './hostile-values.ts'
import { createAudit, defineEvents, memorySink, type AuditOptions } from '../src/index.ts'

// The whole path of a payload, from record() to a sink's line.

const events = defineEvents({
  thing: {
    any: z.any(),
    strict: z.strictObject({ a: z.number() }),
    map: z.record(z.string(), z.unknown()),
    nested: z.object({ it: z.any() }),
    targeted: { payload: z.any(), target: (payload: { id: string }) => payload.id },
  },
})

const crashes: unknown[] = []
const crash = (reason: unknown) => void crashes.push(reason)
beforeAll(() => void process.on('unhandledRejection', crash))
afterAll(() => void process.off('unhandledRejection', crash))

function open(options: Partial<AuditOptions<typeof events>> = {}) {
  const sink = memorySink()
  const said: string[] = []
  const logger = { warn: (message: string) => void said.push(message), error: (message: string) => void said.push(message) }
  const audit = createAudit({ service: 'hostile', events, journal: memoryJournal(), sinks: [sink], logger, ...options })
  return { audit, sink, said, recorded: async () => (await audit.flush(), sink.events.filter(({ type }) => type !== 'audit')) }
}

describe('every hostile value is recorded, whether the schema accepts it or not', () => {
  test.each(hostileValues)('$name', async ({ make }) => {
    const { trip, tripped } = tripwire()
    const { audit, sink, recorded } = open({ enrich: [() => ({ region: 'eu' })], convert: [[Decimal, String]] })
    for (const name of ['thing:any', 'thing:strict', 'thing:map', 'thing:nested'] as const) {
      const value = make(trip)
      const payload = name === 'thing:nested' ? { it: value } : value
      expect(await audit.record(name, payload as never, { before: payload })).toMatchObject({ held: 'journal' })
    }
    await expect(audit.begin('thing:any', make(trip) as never)).resolves.toBeDefined()
    await audit.denied('thing:any', { payload: make(trip) })
    expect(await recorded()).toHaveLength(6)
    expect(tripped).toEqual([])
    expect(({} as { polluted?: true }).polluted).toBeUndefined()
    for (const line of sink.lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(65_536)
    await audit.close()
  })
})

test('hostile metadata is recorded as far as it can be read', async () => {
  const { trip, tripped } = tripwire()
  const { audit, recorded } = open()
  const hostile = [
    trapped({}, trip),
    { toString: 'x', valueOf: 'y' },
    Object.create(trapped({}, trip)),
    Symbol('s'),
    2n ** 1_000_000n,
    [1],
    rigged({}, trip),
    () => trip('a function'),
  ]
  for (const value of hostile) {
    await audit.record('thing:any', 1, {
      actor: value,
      tenant: value,
      correlationId: value,
      target: value,
      reason: value,
      error: value,
    } as never)
    await audit.run({ actor: value, tenant: value, request: value, trace: value } as never, () => audit.record('thing:any', 1))
  }
  expect(await recorded()).toHaveLength(hostile.length * 2)
  for (const { metadata } of await recorded()) expect(metadata.actor.authentication).toMatch(/^unknown$|^none$/)
  // Late actors, tenants, requests and traces are functions that the application wants to be called.
  expect(tripped).toEqual(Array.from({ length: 4 }, () => 'a function'))
  await audit.close()
})

test('an absent tenant is not recorded as a tenant named null', async () => {
  const { audit, recorded } = open()
  await audit.run({ tenant: null, correlationId: null } as never, () => audit.record('thing:any', 1))
  await audit.record('thing:any', 1, { tenant: null, target: null, reason: null } as never)
  for (const event of await recorded()) expect(Object.keys(event.metadata)).toEqual(['actor'])
  await audit.close()
})

test('an outcome never rejects and never throws, whatever it is given', async () => {
  const { trip, tripped } = tripwire()
  const { audit, recorded } = open()
  const error = trapped(new Error('x'), trip)
  const target = Object.defineProperties({}, { type: { get: () => trip('type') }, id: { get: () => trip('id') } })
  await expect(audit.attempt('thing:any', trapped({}, trip), () => Promise.reject(error as Error))).rejects.toBe(error)
  await using event = await audit.begin('thing:any', 1 as never, { target } as never)
  event.annotate({ payload: trapped({}, trip), before: trapped([], trip), actor: trapped({}, trip) } as never)
  await expect(event.fail(error, rigged({}, trip) as never)).resolves.toMatchObject({ held: 'journal' })
  expect(await recorded()).toHaveLength(4)
  expect(tripped).toEqual([])
  await audit.close()
})

test('functions of the application that throw or return a rejected promise add nothing, and the event is recorded', async () => {
  const { audit, recorded, said } = open({
    enrich: [
      () => {
        throw new Error('secret')
      },
    ],
    events: defineEvents({
      thing: {
        made: {
          payload: z.any(),
          target: (async () => {
            throw new Error('secret')
          }) as never,
        },
        thrown: {
          payload: z.any(),
          target: () => {
            throw new Error('secret')
          },
        },
      },
    }),
  } as never)
  await audit.run(
    {
      actor: (async () => {
        throw new Error('secret')
      }) as never,
    },
    () => audit.record('thing:made' as never, {} as never),
  )
  await audit.run(
    {
      actor: () => {
        throw new Error('secret')
      },
    },
    () => audit.record('thing:thrown' as never, {} as never),
  )
  expect((await recorded()).map(({ metadata }) => metadata.actor)).toEqual([
    { authentication: 'unknown' },
    { authentication: 'unknown' },
  ])
  expect(said.join()).not.toContain('secret')
  await audit.close()
})

test('none of these payloads caused an unhandled rejection', async () => {
  await new Promise((resolve) => setImmediate(resolve))
  expect(crashes).toEqual([])
})
