import { types } from 'node:util'
import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { defineEvents } from '../event/catalog.ts'
import type { Actor } from '../event/actor.ts'
import { noPayload } from '../event/schema.ts'
import { auditRecorder } from '../testing/recorder.ts'
import { hostilePayloads, tripwire } from '../testing/arbitraries/index.ts'
import { propertyRuns } from '../../test/property-runs.ts'
import { hostileValues } from '../testing/arbitraries/hostile-values.ts'

const events = defineEvents({
  user: { locked: noPayload, updated: z.object({ id: z.any() }), deleted: { payload: noPayload, failMode: 'closed' } },
})

function recorder(options = {}) {
  const warn = vi.fn<(message: string) => void>()
  const audit = auditRecorder({ events, strict: false, logger: { warn, error: warn }, ...options })
  onTestFinished(() => audit.close())
  return { audit, warn }
}

/** The actor as it is recorded, given to a context and to a call. */
async function recorded(given: unknown, options = {}): Promise<Actor> {
  const { audit } = recorder(options)
  await audit.run({ actor: given as Actor }, () => audit.record('user:locked', null))
  await audit.run({ actor: () => given as Actor }, () => audit.record('user:locked', null))
  await audit.record('user:locked', null, { actor: given as Actor })
  const actors = audit.events.map(({ metadata }) => metadata.actor)
  expect(actors).toEqual([actors[0], actors[0], actors[0]])
  return actors[0]!
}

class ObjectId {
  readonly buffer = Buffer.from('507f1f77bcf86cd799439011', 'hex')
}

test('an actor has known members; other members of a user are left out', async () => {
  const user = { id: 7, email: 'ada@example.com', phone: '+49 170', address: { street: 'Hauptstr. 1' }, type: 'admin' }
  expect(await recorded(user)).toEqual({ authentication: 'unknown', id: '7', email: 'ada@example.com' })
  expect(await recorded({ authentication: 'session', phone: '1', name: 'Ada' })).toEqual({
    authentication: 'session',
    name: 'Ada',
  })
})

test('the application can name more members of an actor', async () => {
  const user = { authentication: 'session', id: 'u1', role: 'admin', teams: new Set(['a']), phone: '1' }
  const options = { actorMembers: ['role', 'teams'] }
  expect(await recorded(user, options)).toEqual({ authentication: 'session', id: 'u1', role: 'admin', teams: ['a'] })
})

test('ids become text, in the actor and in the account that was used', async () => {
  const actor = { authentication: 'jwt', id: new ObjectId(), onBehalfOf: { id: 42n, email: 'b@example.com', phone: '1' } }
  const onBehalfOf = { id: '42', email: 'b@example.com' }
  expect(await recorded(actor)).toEqual({ authentication: 'jwt', id: '507f1f77bcf86cd799439011', onBehalfOf })
  expect(await recorded({ authentication: 'jwt', onBehalfOf: new ObjectId() })).toMatchObject({
    onBehalfOf: { id: '507f1f77bcf86cd799439011' },
  })
})

test('an id that cannot be read without running its code is recorded as its class, and reported', async () => {
  const { audit, warn } = recorder()
  class Snowflake {
    readonly #value = 5n
    override = () => this.#value
    other = 1
  }
  await audit.record('user:locked', null, { actor: { authentication: 'jwt', id: new Snowflake() as never } })
  expect(audit.events[0]!.metadata.actor.id).toBe('[Snowflake]')
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('convert: [[TheClass, String]]'))
})

test('a conversion applies to ids as well', async () => {
  class Snowflake {
    readonly #value = 5n
    toString(): string {
      return `${this.#value}`
    }
  }
  const actor = { authentication: 'jwt', id: new Snowflake() }
  expect(await recorded(actor, { convert: [[Snowflake, String]] })).toEqual({ authentication: 'jwt', id: '5' })
})

test('tenant, correlation and target are text', async () => {
  const { audit } = recorder()
  const id = new ObjectId() as never
  await audit.run({ tenant: id, correlationId: 7 as never }, () => audit.record('user:locked', null, { target: id }))
  await audit.run({ tenant: () => id }, () => audit.record('user:locked', null, { target: { type: 'user', id: 42 as never } }))
  expect(audit.events.map(({ metadata: { tenant, correlationId }, target }) => [tenant, correlationId, target])).toEqual([
    ['507f1f77bcf86cd799439011', '7', { type: 'user', id: '507f1f77bcf86cd799439011' }],
    ['507f1f77bcf86cd799439011', undefined, { type: 'user', id: '42' }],
  ])
})

test('a target without an id that can be read is left out, and reported', async () => {
  const { audit, warn } = recorder()
  await audit.record('user:locked', null, { target: { type: 'user' } as never })
  await audit.record('user:locked', null, { target: { name: 'x', more: 1 } as never })
  expect(audit.events.map((event) => 'target' in event)).toEqual([false, false])
  expect(warn).toHaveBeenCalledWith(expect.stringContaining("target of 'user:locked' has no id"))
})

test('one client has one address, whichever way the socket reports it', async () => {
  expect(await recorded({ authentication: 'none', ip: '::ffff:192.0.2.1' })).toEqual({ authentication: 'none', ip: '192.0.2.1' })
  const { audit } = recorder()
  const request = { id: 7 as never, ip: '192.0.2.1', socketIp: '::ffff:192.0.2.1' }
  await audit.run({ request }, () => audit.record('user:locked', null))
  await audit.run({ request: () => ({ ip: '::ffff:c000:201', socketIp: '::ffff:10.0.0.1' }) }, () =>
    audit.record('user:locked', null),
  )
  expect(audit.events.map(({ metadata }) => metadata.request)).toEqual([
    { id: '7', ip: '192.0.2.1' },
    { ip: '192.0.2.1', socketIp: '10.0.0.1' },
  ])
})

test('two long ids stay different', async () => {
  const long = 'x'.repeat(5_000)
  const [one, other] = [await recorded({ id: `${long}1` }), await recorded({ id: `${long}2` })]
  expect(one.id).not.toBe(other.id)
  expect(one.id!.length).toBeLessThan(1_100)
})

/** Every place of a call, other than its payload, that describes an event. */
const positions: Readonly<Record<string, (value: unknown) => object>> = {
  actor: (value) => ({ actor: value }),
  'actor.id': (id) => ({ actor: { authentication: 'jwt', id } }),
  'actor.name': (name) => ({ actor: { authentication: 'jwt', name, role: name, ip: name, type: name } }),
  'actor.authentication': (authentication) => ({ actor: { authentication } }),
  'actor.onBehalfOf': (onBehalfOf) => ({ actor: { authentication: 'jwt', onBehalfOf } }),
  'actor.onBehalfOf.id': (id) => ({ actor: { authentication: 'jwt', onBehalfOf: { id, name: id } } }),
  tenant: (tenant) => ({ tenant }),
  correlationId: (correlationId) => ({ correlationId }),
  request: (request) => ({ request }),
  'request.id': (id) => ({ request: { id, ip: id, socketIp: id, more: id } }),
  trace: (trace) => ({ trace }),
  'trace.traceId': (traceId) => ({ trace: { traceId } }),
}
const texts = [
  ['metadata', 'actor', 'id'],
  ['metadata', 'actor', 'name'],
  ['metadata', 'actor', 'authentication'],
  ['metadata', 'actor', 'onBehalfOf', 'id'],
  ['metadata', 'tenant'],
  ['metadata', 'correlationId'],
  ['metadata', 'request', 'id'],
  ['metadata', 'request', 'ip'],
  ['metadata', 'trace', 'traceId'],
  ['target', 'id'],
  ['target', 'type'],
]

/** Records with `value` in a position of the context, late and at once, and as an option; in `target`, `before` and `error`. */
async function recordsEverywhere(make: () => unknown): Promise<number> {
  const { audit } = recorder({ actorMembers: ['role'] })
  for (const place of Object.values(positions)) {
    const context = place(make()) as Parameters<typeof audit.run>[0]
    const late = Object.fromEntries(Object.entries(place(make())).map(([key, value]) => [key, () => value]))
    const { request: _, trace: __, ...options } = context
    await audit.run(context, () => audit.record('user:locked', null))
    // The rejection of a promise that a callback returns is handled, which reads the promise itself.
    if (!types.isPromise(make())) await audit.run(late, () => audit.record('user:deleted', null))
    await audit.run(context, () => JSON.stringify(audit.snapshot()))
    await audit.restore(audit.run(context, audit.snapshot), () => audit.denied('user:locked'))
    // An id in the place of an actor is a mistake that such a call rejects.
    const isActor = !['string', 'number'].includes(typeof options.actor)
    if (isActor) await audit.denied('user:locked', options as never)
    if (isActor) await (await audit.begin('user:deleted', null, options as never)).fail(make())
  }
  for (const target of [make(), { type: make(), id: make(), name: make() }, { type: 'user', id: make() }]) {
    await audit.record('user:locked', null, { target: target as never, reason: make() as never, error: make() })
    const open = await audit.begin('user:updated', null, { target: target as never, before: make() })
    open.annotate({
      before: make(),
      payload: make() as never,
      target: target as never,
      actor: make() as never,
      reason: make() as never,
    })
    await open.succeed()
  }
  await audit.synced()
  for (const event of audit.events) {
    for (const path of texts) {
      const value = path.reduce<any>((holder, key) => holder?.[key], event)
      expect(value === undefined || typeof value === 'string', `${path.join('.')} of ${JSON.stringify(event)}`).toBe(true)
    }
  }
  return audit.events.length
}

const odd: readonly (() => unknown)[] = [
  () => Buffer.from('bytes'),
  () => new Uint8Array(16),
  () => new ObjectId(),
  () => new Map([[Buffer.from('x'), new Set([new Float64Array(2)])]]),
  () => ({ deep: [new DataView(new ArrayBuffer(3))] }),
  () => 10n,
  () => Number.NaN,
  () => Symbol('x'),
  () => '',
  () => '\ud800'.repeat(5_000),
  () => [],
  () => new Date(Number.NaN),
]

test('no value for a member of the metadata makes a call throw', async () => {
  const { trip, tripped } = tripwire()
  const makers = [
    ...odd,
    ...hostileValues.map(
      ({ make }) =>
        () =>
          make(trip),
    ),
  ]
  for (const make of makers) expect(await recordsEverywhere(make)).toBeGreaterThan(50)
  expect(tripped).toEqual([])
}, 120_000)

test('hostile values neither throw nor run, and an id is always text', async () => {
  const { trip, tripped } = tripwire()
  await fc.assert(
    fc.asyncProperty(hostilePayloads(trip), async (make) => {
      expect(await recordsEverywhere(make)).toBeGreaterThan(50)
      expect(tripped).toEqual([])
    }),
    { numRuns: propertyRuns(30) },
  )
}, 120_000)
