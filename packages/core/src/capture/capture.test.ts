import { memoryJournal } from '../journal/memory-journal.ts'
import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { createAudit } from '../create-audit.ts'
import { defineEvents } from '../event/catalog.ts'
import type { AuditEvent } from '../event/event.ts'
import { noPayload } from '../event/schema.ts'
import { auditRecorder } from '../testing/recorder.ts'

const flag = z.object({ key: z.string(), enabled: z.boolean().default(false) })
const events = defineEvents({
  flag: { created: flag, updated: flag, deleted: { payload: flag, target: ({ key }) => key, failMode: 'closed' } },
  session: { 'signed-in': z.object({ method: z.string() }), 'signed-out': noPayload },
})
const recorder = (options = {}) => auditRecorder({ events, strict: false, ...options })

describe('record', () => {
  test('record() stores the members that the schema accepts, in their order', async () => {
    const audit = recorder()
    const receipt = await audit.record('flag:created', { key: 'a', more: 1 } as never)
    expect(receipt).toEqual({ id: audit.events[0]!.id, held: 'journal' })
    expect(Object.keys(audit.events[0]!)).toEqual([
      'version',
      'type',
      'action',
      'metadata',
      'payload',
      'timestamp',
      'id',
      'status',
    ])
    expect(audit.events[0]).toMatchObject({
      version: '1.0',
      payload: { key: 'a', enabled: false },
      metadata: { actor: { authentication: 'none' } },
    })
  })

  test('record() neither keeps nor changes the caller’s object', async () => {
    const audit = recorder()
    const payload = Object.freeze({ key: 'a', enabled: true })
    const mutable = { key: 'b' }
    void audit.record('flag:created', payload)
    void audit.record('flag:created', mutable)
    mutable.key = 'changed'
    expect(audit.events.map((event) => (event.payload as { key: string }).key)).toEqual(['a', 'b'])
  })

  test('record() rejects an unknown name with an error that names the nearest', async () => {
    const audit = recorder()
    await expect(audit.record('flag:creatd' as never, {} as never)).rejects.toMatchObject({
      code: 'AUDIT_UNKNOWN_EVENT',
      message: expect.stringContaining("Did you mean 'flag:created'?"),
    })
    expect(audit.stats()).toMatchObject({ submitted: 1, rejected: 1 })
  })

  test('a payload that does not fit its schema is recorded as invalid, without its text', async () => {
    const audit = recorder()
    await audit.record('flag:created', { key: 'a', enabled: 'hunter2' } as never)
    expect(audit.events[0]).toMatchObject({
      payload: { key: 'a', enabled: '[invalid]' },
      invalid: [{ path: '/enabled', code: 'invalid_type' }],
    })
    expect(JSON.stringify(audit.events)).not.toContain('hunter2')
    expect(audit.stats().invalid).toBe(1)
  })

  test('a payload that does not fit rejects for closed events, and for all events when strict', async () => {
    await expect(recorder().record('flag:deleted', { key: 1 } as never)).rejects.toMatchObject({
      code: 'AUDIT_INVALID_EVENT',
      message: expect.stringContaining('/key (invalid_type)'),
    })
    await expect(recorder({ strict: true }).record('flag:created', { key: 1 } as never)).rejects.toMatchObject({
      code: 'AUDIT_INVALID_EVENT',
    })
  })

  test('a key of a payload cannot add a line to the error', async () => {
    const keyed = defineEvents({ thing: { counted: z.record(z.string(), z.number()) } })
    const audit = auditRecorder({ events: keyed })
    const rejected = audit.record('thing:counted', { 'a\naudit: all is well\u001b[2J\u2028': 'x' } as never)
    await expect(rejected).rejects.toMatchObject({
      code: 'AUDIT_INVALID_EVENT',
      message: expect.not.stringMatching(/[\p{Cc}\p{Zl}]/u),
    })
  })

  test('an asynchronous schema is an error that names the event', async () => {
    const slow = defineEvents({ flag: { created: z.object({ key: z.string().refine(async () => true) }) } })
    const audit = auditRecorder({ events: slow, strict: false })
    await expect(audit.record('flag:created', { key: 'a' })).rejects.toMatchObject({
      code: 'AUDIT_ASYNC_SCHEMA',
      message: expect.stringContaining("'flag:created'"),
    })
  })

  test('changes are computed from `before`, for members that the schema knows', async () => {
    const audit = recorder()
    await audit.record('flag:updated', { key: 'a', enabled: true }, { before: { key: 'a', enabled: false, passwordHash: 'x' } })
    expect(audit.events[0]!.changes).toEqual([{ path: '/enabled', from: false, to: true }])
  })

  test('a failure is not checked against the schema, and has a reason', async () => {
    const audit = recorder()
    const error = Object.assign(new RangeError('hunter2'), { code: 'E_RANGE' })
    await audit.record(
      'flag:created',
      { key: 'a' },
      { status: 'failure', error, reason: 'too-many', target: { type: 'namespace', id: 'n', name: 'N' } },
    )
    expect(audit.events[0]).toMatchObject({
      status: 'failure',
      reason: 'too-many',
      error: { kind: 'RangeError', code: 'E_RANGE' },
      target: { type: 'namespace', id: 'n', name: 'N' },
    })
    expect(JSON.stringify(audit.events)).not.toContain('hunter2')
  })

  test('a denial needs no payload', async () => {
    const audit = recorder()
    await audit.denied('session:signed-in', { target: { type: 'user', id: 'ada' }, reason: 'bad-password' })
    expect(audit.events[0]).toMatchObject({
      status: 'denied',
      payload: null,
      target: { type: 'user', id: 'ada' },
      reason: 'bad-password',
    })
  })
})

describe('the context', () => {
  test('a context merges over the outer one, and options of a call over both', async () => {
    const audit = recorder()
    await audit.run({ actor: { authentication: 'token', id: 'u1' }, tenant: 'acme' }, () =>
      audit.run({ correlationId: 'c1' }, async () => {
        await audit.record('session:signed-out', null)
        await audit.record('session:signed-out', null, { tenant: 'other', actor: { authentication: 'oidc' } })
      }),
    )
    expect(audit.events.map(({ metadata }) => metadata)).toEqual([
      { actor: { authentication: 'token', id: 'u1' }, tenant: 'acme', correlationId: 'c1' },
      { actor: { authentication: 'oidc' }, tenant: 'other', correlationId: 'c1' },
    ])
  })

  test('an actor may be a function, and one that throws does not lose the event', async () => {
    const audit = recorder()
    let user: string | undefined
    await audit.run({ actor: () => (user ? { authentication: 'token', id: user } : undefined) }, async () => {
      await audit.record('session:signed-out', null)
      user = 'u1'
      await audit.record('session:signed-out', null)
    })
    await audit.run(
      {
        actor: () => {
          throw new Error('x')
        },
      },
      () => audit.record('session:signed-out', null),
    )
    expect(audit.events.map(({ metadata }) => metadata.actor)).toEqual([
      { authentication: 'none' },
      { authentication: 'token', id: 'u1' },
      { authentication: 'unknown' },
    ])
  })

  test('a context cannot be changed by the application that gave it', async () => {
    const audit = recorder()
    const actor = { authentication: 'token', id: 'u1' }
    await audit.run({ actor }, () => {
      actor.id = 'someone else'
      return audit.record('session:signed-out', null)
    })
    expect(audit.events[0]!.metadata.actor.id).toBe('u1')
  })

  test('a context is separate for each audit', async () => {
    const [one, other] = [recorder(), recorder()]
    await one.run({ tenant: 'acme' }, () => other.record('session:signed-out', null))
    expect(other.events[0]!.metadata.tenant).toBeUndefined()
  })
})

describe('an attempt', () => {
  test('an attempt is written before the operation, and its outcome after it', async () => {
    const audit = recorder()
    const result = await audit.attempt('flag:deleted', { key: 'a' }, () => {
      expect(audit.events.map(({ status }) => status)).toEqual(['attempted'])
      return 42
    })
    expect(result).toBe(42)
    const [attempted, success] = audit.events
    expect(success).toMatchObject({ status: 'success', attempt: attempted!.id, target: { type: 'flag', id: 'a' } })
  })

  test.each([
    [new TypeError('x'), { status: 'failure', reason: 'TypeError', error: { kind: 'TypeError' } }],
    [
      Object.assign(new Error('x'), { status: 403 }),
      { status: 'denied', reason: 'forbidden', error: { kind: 'Error', status: 403 } },
    ],
    [Object.assign(new Error('x'), { statusCode: 401 }), { status: 'denied', reason: 'unauthenticated' }],
    ['text', { status: 'failure', reason: 'string' }],
  ])('an attempt that throws %s records the error and rethrows it', async (thrown, expected) => {
    const audit = recorder()
    await expect(
      audit.attempt('flag:deleted', { key: 'a' }, () => {
        throw thrown
      }),
    ).rejects.toBe(thrown)
    expect(audit.events[1]).toMatchObject(expected)
  })

  test('an attempt takes additions from annotate(), and is settled by record() of its name', async () => {
    const audit = recorder()
    await audit.attempt('flag:updated', { key: 'a' }, () =>
      audit.annotate({ before: { key: 'a', enabled: true }, reason: 'asked for' }),
    )
    await audit.attempt('flag:updated', { key: 'b' }, async () => {
      await audit.record('flag:created', { key: 'other' })
      await audit.record('flag:updated', { key: 'b2' })
    })
    expect(audit.events[1]).toMatchObject({ changes: [{ path: '/enabled', from: true, to: false }], reason: 'asked for' })
    expect(
      audit.events.slice(2).map(({ action, status, payload }) => [action, status, (payload as { key: string }).key]),
    ).toEqual([
      ['updated', 'attempted', 'b'],
      ['created', 'success', 'other'],
      ['updated', 'success', 'b2'],
    ])
  })

  test('an attempt is settled once, also after begin(), and fails as abandoned when it is left open', async () => {
    const audit = recorder()
    {
      await using open = await audit.begin('flag:deleted', { key: 'a' })
      const first = await open.succeed({ key: 'a' })
      expect(await open.fail(new Error('late'))).toBe(first)
    }
    {
      await using left = await audit.begin('flag:deleted', { key: 'b' })
      expect(left.settled).toBe(false)
    }
    await (await audit.begin('flag:deleted')).deny('four-eyes')
    expect(audit.events.map(({ status, reason }) => [status, reason])).toEqual([
      ['attempted', undefined],
      ['success', undefined],
      ['attempted', undefined],
      ['failure', 'abandoned'],
      ['attempted', undefined],
      ['denied', 'four-eyes'],
    ])
  })

  test('an attempt keeps the actor that began it, wherever it is settled', async () => {
    const audit = recorder()
    const open = await audit.run({ actor: { authentication: 'token', id: 'u1' }, tenant: 'acme' }, () =>
      audit.begin('flag:deleted'),
    )
    await audit.run({ correlationId: 'c1' }, () => open.fail())
    expect(audit.events[1]!.metadata).toEqual({
      actor: { authentication: 'token', id: 'u1' },
      tenant: 'acme',
      correlationId: 'c1',
    })
  })

  test('an outcome of an attempt never rejects: not for a payload, not for a schema, not after close', async () => {
    const audit = recorder({ strict: true })
    const open = await audit.begin('flag:deleted', { key: 'a' })
    expect(await open.succeed({ key: 1 } as never)).toMatchObject({ held: 'journal' })
    const late = await audit.begin('flag:deleted', { key: 'b' })
    await audit.close()
    expect(await late.succeed()).toMatchObject({ held: 'lost' })
  })

  test('annotate() without an open event is reported, and changes nothing', () => {
    const warn = vi.fn()
    recorder({ logger: { warn, error: vi.fn() } }).annotate({ reason: 'x' })
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('no event is open'))
  })
})

describe('enrichers', () => {
  test('enrichers add to the metadata and see no secrets', async () => {
    const seen: unknown[] = []
    const secret = defineEvents({ user: { created: z.object({ password: z.string() }) } })
    const audit = auditRecorder({
      events: secret,
      enrich: [
        (event) => {
          seen.push(event.payload)
          return { region: 'eu', token: 'hunter2' }
        },
      ],
    })
    await audit.record('user:created', { password: 'hunter2' })
    expect(audit.events[0]).toMatchObject({
      metadata: { region: 'eu', token: '[redacted]' },
      payload: { password: '[redacted]' },
    })
    expect(JSON.stringify([seen, audit.events])).not.toContain('hunter2')
  })

  test('enrichers that throw are reported, and the event is still recorded', async () => {
    const warn = vi.fn()
    const audit = recorder({
      enrich: [
        () => {
          throw new Error('x')
        },
        () => ({ region: 'eu' }),
      ],
      logger: { warn, error: vi.fn() },
    })
    await audit.record('session:signed-out', null)
    expect(audit.events[0]!.metadata['region']).toBe('eu')
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('enricher threw'))
  })
})

test.each([
  [
    'is asynchronous and rejects',
    async () => {
      throw new Error('x')
    },
  ],
  ['returns a Proxy', () => new Proxy({}, {})],
  ['removes the actor', () => ({ actor: null })],
  ['returns text', () => 'region'],
])('an enricher that %s adds nothing, and nothing breaks', async (_, enricher) => {
  const audit = recorder({ enrich: [enricher as never] })
  await audit.run({ actor: { authentication: 'token' } }, () => audit.record('session:signed-out', null))
  expect(audit.events[0]!.metadata).toEqual({ actor: { authentication: 'token' } })
})

test('an enricher cannot change what other events share', async () => {
  const audit = recorder({ enrich: [(event: AuditEvent) => void Object.assign(event.metadata.actor.onBehalfOf!, { id: 'x' })] })
  await audit.run({ actor: { authentication: 'token', onBehalfOf: { id: 'u' } } }, () => audit.record('session:signed-out', null))
  expect(audit.events[0]!.metadata.actor.onBehalfOf).toEqual({ id: 'u' })
})

test('changes are marked when there are more of them, or when the state before was cut', async () => {
  const loose = defineEvents({ thing: { changed: z.record(z.string(), z.any()) } })
  const audit = auditRecorder({ events: loose })
  const members = (value: number) => Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`k${index}`, value]))
  await audit.record('thing:changed', members(1), { before: members(2) })
  await audit.record('thing:changed', { a: 'x' }, { before: { a: 'y'.repeat(10_000) } })
  expect(audit.events.map(({ changes, truncated }) => [changes!.length, truncated])).toEqual([
    [100, ['/changes']],
    [1, ['/changes/a']],
  ])
})

test('null for options does not reject', async () => {
  const audit = recorder()
  expect(await audit.denied('session:signed-out', null as never)).toMatchObject({ held: 'journal' })
  expect(await audit.record('session:signed-out', null, null as never)).toMatchObject({ held: 'journal' })
})

test('classes with a conversion are recorded as its result, others by their data and name', async () => {
  class Money {
    readonly cents = 5n
  }
  class Colour {
    constructor(readonly red: number) {}
  }
  const warn = vi.fn()
  const loose = defineEvents({ thing: { made: z.any() } })
  const audit = createAudit({
    journal: memoryJournal(),
    service: 'test',
    events: loose,
    convert: [[Money, (money: Money) => `${money.cents} cents`]],
    logger: { warn, error: vi.fn() },
  })
  const { watchAudit } = await import('../testing/recorder.ts')
  using watch = watchAudit(audit)
  await audit.record('thing:made', { price: new Money(), colour: new Colour(7) })
  expect(watch.events[0]!.payload).toEqual({ price: '5 cents', colour: { '@class': 'Colour', red: 7 } })
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('convert: [[Colour, (colour) => ({ ...colour })]]'))
  await audit.close()
})
