import { randomUUID } from 'node:crypto'
import { context, trace, type Context, type ContextManager } from '@opentelemetry/api'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createAudit } from '../create-audit.ts'
import { defineEvents } from '../event/catalog.ts'
import { noPayload } from '../event/schema.ts'
import { auditRecorder } from '../testing/recorder.ts'
import { takesPayload } from './event-names.ts'
import { actorAt, ask, askLater, checkName, parseRouteTable, requestId, traceOf } from './index.ts'
import { actorOfRequest } from './request-actor.ts'

const events = defineEvents({ flag: { created: z.object({ key: z.string() }), deleted: z.object({ key: z.string() }) } })

function audited(options: { readonly maxWaitMs?: number } = {}) {
  const said: string[] = []
  // Core logs that its journal is in memory.
  const warn = (message: string) => void (message.startsWith('The journal is') || said.push(message))
  const logger = { warn, error: (message: string) => void said.push(message) }
  return { said, audit: auditRecorder({ events, logger, ...options }) }
}

describe('the id of a request', () => {
  test('requestId() returns a valid id unchanged', () => expect(requestId('req-1/2')).toBe('req-1/2'))

  for (const given of [undefined, '', 'two words', 'line\nbreak', 'ü', 'x'.repeat(129), ['a', 'b'], 7, {}]) {
    test(`requestId() makes a new id instead of ${JSON.stringify(given)?.slice(0, 20)}`, () => {
      expect(requestId(given)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/)
      expect(requestId(given)).not.toBe(requestId(given))
    })
  }
})

describe('the trace of a request', () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const spanId = 'b7ad6b7169203331'

  afterEach(() => context.disable())

  for (const given of [`00-${traceId}-${spanId}-01`, ` 00-${traceId}-${spanId}-00 `, `cc-${traceId}-${spanId}-01-what-comes`]) {
    test(`the trace of a request is read from ${given}`, () => expect(traceOf(given)).toEqual({ traceId, spanId }))
  }

  for (const given of [
    `ff-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-01-more`,
    `00-${traceId}-${spanId}-01more`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId}-${spanId}`,
    `cc-${traceId}-${spanId}-01-${'x'.repeat(1_000)}`,
    [`00-${traceId}-${spanId}-01`],
    undefined,
  ]) {
    test(`the trace of a request is not read from ${String(given).slice(0, 70)}`, () => expect(traceOf(given)).toBeUndefined())
  }

  test("the trace is that of the application's OpenTelemetry, if it has an active span", () => {
    const active = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 }
    runIn(trace.setSpanContext(context.active(), active))
    expect(traceOf(`00-${traceId}-${spanId}-01`)).toEqual({ traceId: '1'.repeat(32), spanId: '2'.repeat(16) })
  })

  test('the trace is that of the request, if OpenTelemetry has no valid span', () => {
    runIn(context.active())
    expect(traceOf(`00-${traceId}-${spanId}-01`)).toEqual({ traceId, spanId })
    context.disable()
    runIn(trace.setSpanContext(context.active(), { traceId: '0'.repeat(32), spanId, traceFlags: 0 }))
    expect(traceOf(`00-${traceId}-${spanId}-01`)).toEqual({ traceId, spanId })
  })

  /** A context manager that is always in one context. */
  function runIn(active: Context): void {
    const manager = { active: () => active, disable: () => manager, enable: () => manager } as unknown as ContextManager
    expect(context.setGlobalContextManager(manager)).toBe(true)
  }
})

describe('callbacks of the application', () => {
  test('ask() and askLater() return the value of a callback', async () => {
    const { audit, said } = audited()
    expect(ask(audit, 'the payload', () => 1)).toBe(1)
    expect(await askLater(audit, 'the payload', () => Promise.resolve(2))).toEqual({ value: 2 })
    expect(said).toEqual([])
  })

  test('a callback that throws is reported once, by the class of its error and never by its message', async () => {
    const { audit, said } = audited()
    const fails = () => {
      throw new RangeError('the password hunter2 is too short')
    }
    expect(ask(audit, "the payload of 'flag:created'", fails)).toBeUndefined()
    expect(ask(audit, "the payload of 'flag:created'", fails)).toBeUndefined()
    expect(await askLater(audit, "before of 'flag:created'", () => Promise.reject(Object.create(null)))).toEqual({})
    expect(said).toEqual([
      "The callback for the payload of 'flag:created' threw RangeError; the event is recorded without it.",
      expect.stringContaining("The callback for before of 'flag:created' threw"),
    ])
  })

  test('a callback that never answers is reported, and delays nothing', async () => {
    const { said, audit } = audited({ maxWaitMs: 5 })
    expect(await askLater(audit, 'the payload', () => new Promise(() => {}))).toEqual({})
    expect(said).toEqual([
      "The callback for the payload did not answer within the audit's maxWaitMs; the event is recorded without it.",
    ])
  })

  test('a promise from a synchronous callback is reported, and its rejection does not end the process', () => {
    const { audit, said } = audited()
    expect(ask(audit, 'the target', () => Promise.reject(new Error('late')))).toBeUndefined()
    expect(said).toEqual([expect.stringContaining('returned a promise instead of a value')])
  })
})

describe('a callback for the request in a context', () => {
  test('a callback for the request runs when an event is recorded, and not before', async () => {
    const { audit } = audited()
    let asked = 0
    const request = () => ({ id: randomUUID(), route: `/flags/${++asked}` })
    await audit.run({ request, trace: () => ({ traceId: 'a'.repeat(32) }) }, async () => {
      expect(asked).toBe(0)
      await audit.record('flag:created', { key: 'a' })
      await audit.record('flag:created', { key: 'b' })
    })
    expect(audit.events.map(({ metadata }) => metadata.request?.route)).toEqual(['/flags/1', '/flags/2'])
    expect(audit.events[0]!.metadata.trace).toEqual({ traceId: 'a'.repeat(32) })
  })

  test('a callback for the request that throws leaves out the request, and nothing else', async () => {
    const { audit, said } = audited()
    const request = () => {
      throw new Error('no request')
    }
    await audit.run({ request, actor: { authentication: 'jwt', id: 'u1' } }, () => audit.record('flag:created', { key: 'a' }))
    expect(audit.events[0]!.metadata).toEqual({ actor: { authentication: 'jwt', id: 'u1' } })
    expect(said).toEqual([expect.stringContaining('The function for the request threw')])
  })
})

describe('the actor of a request', () => {
  const at = (value: unknown) => {
    const { audit, said } = audited()
    return { actor: actorAt(audit, '192.0.2.1', () => value), said }
  }

  const user = { id: 7, email: 'ada@example.com', username: 'ada', phone: '+49 170', address: { street: 'Hauptstr. 1' } }
  const read = { authentication: 'unknown', id: 7, name: 'ada', email: 'ada@example.com', ip: '192.0.2.1' }
  class Entity {
    get id() {
      return 7
    }
    get name() {
      return 'ada'
    }
    get email() {
      return 'ada@example.com'
    }
  }
  const cases: [what: string, given: unknown, expected: unknown][] = [
    ['no one', undefined, { authentication: 'none', ip: '192.0.2.1' }],
    ['null', null, { authentication: 'none', ip: '192.0.2.1' }],
    [
      'an actor',
      { authentication: 'jwt', id: 'u1', ip: '198.51.100.7' },
      { authentication: 'jwt', id: 'u1', ip: '198.51.100.7' },
    ],
    ['a user of Passport', user, read],
    ['an entity with getters', new Entity(), read],
    ['the claims of a JWT', { sub: 'u1', iat: 1, scope: 'x' }, { authentication: 'unknown', id: 'u1', ip: '192.0.2.1' }],
    ['a document of Mongo', { _id: 'm1', passwordHash: 'x' }, { authentication: 'unknown', id: 'm1', ip: '192.0.2.1' }],
  ]
  test.each(cases)('the actor of a request is read from %s', (_, given, expected) => {
    const { actor, said } = at(given)
    expect(actor).toEqual(expected)
    expect(said).toEqual([])
  })

  const odd: [what: string, given: unknown][] = [
    ['a string', 'ada'],
    ['a number', 7],
    ['a promise', Promise.resolve({ authentication: 'jwt', id: 'u1' })],
    [
      'a user whose getter throws',
      {
        get id(): never {
          throw new TypeError('hunter2')
        },
      },
    ],
    ['a revoked Proxy', revoked()],
  ]
  test.each(odd)('the actor of a request is unknown, and that is reported, if the application returns %s', (_, given) => {
    const { actor, said } = at(given)
    expect(actor).toEqual({ authentication: 'unknown', ip: '192.0.2.1' })
    expect(said).toHaveLength(1)
    expect(said.join()).not.toContain('hunter2')
  })

  function revoked(): object {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  }

  test('the actor of a request is the user who was signed in when its operation began', () => {
    const none = { authentication: 'none' }
    const [ada, fullAda, bob] = [
      { authentication: 'jwt', id: 'ada' },
      { authentication: 'jwt', id: 'ada', email: 'ada@example.com' },
      { authentication: 'jwt', id: 'bob' },
    ]
    expect(actorOfRequest(ada, none)).toBe(ada)
    expect(actorOfRequest(ada, fullAda)).toBe(fullAda)
    expect(actorOfRequest(ada, bob)).toBe(ada)
    expect(actorOfRequest(none, bob)).toBe(bob)
    expect(actorOfRequest(undefined, bob)).toBe(bob)
  })

  test('two objects with the same id as text are the same actor', () => {
    const id = () => ({ toString: () => '507f1f77bcf86cd799439011' }) as unknown as string
    const now = { authentication: 'session', id: id(), name: 'ada' }
    expect(actorOfRequest({ authentication: 'session', id: id() }, now)).toBe(now)
  })
})

describe('checkName()', () => {
  test('checkName() accepts a name of the catalog', () =>
    expect(() => checkName(audited().audit, 'flag:created', 'here')).not.toThrow())

  test('checkName() refuses an unknown name at start, with a suggestion and the place', () => {
    expect(() => checkName(audited().audit, 'flag:craeted', 'FlagsController.create')).toThrow(
      expect.objectContaining({
        code: 'AUDIT_UNKNOWN_EVENT',
        message: `FlagsController.create: There is no event "flag:craeted". Did you mean 'flag:created'?`,
      }),
    )
  })

  test('checkName() accepts a copy of the audit, and refuses other objects', () => {
    const audit = createAudit({ events, service: 'test' })
    expect(() => checkName({ ...audit }, 'flag:created', 'here')).not.toThrow()
    expect(() => checkName({}, 'flag:created', 'here')).toThrow(expect.objectContaining({ code: 'AUDIT_INVALID_OPTIONS' }))
    return audit.close()
  })
})

test('takesPayload() is true only for an event with a payload', () => {
  const { audit } = audited()
  expect(takesPayload(audit, 'flag:created')).toBe(true)
  expect(takesPayload(auditRecorder({ events: defineEvents({ flag: { read: noPayload } }) }), 'flag:read')).toBe(false)
})

describe('a table of routes', () => {
  test('a table of routes finds the mark of a method and a pattern', () => {
    const target = () => 'a'
    const table = parseRouteTable(
      {
        'DELETE /flags/:key': 'flag:deleted',
        'post /flags/': { name: 'flag:created', target },
        '* /login': { exempt: 'the identity provider records it' },
        'PUT /login': 'flag:created',
      },
      audited().audit,
    )
    expect(table.find('delete', '/flags/:key/')).toEqual({ name: 'flag:deleted' })
    expect(table.find('POST', '//flags')).toEqual({ name: 'flag:created', target })
    expect(table.find('PUT', '/login')).toEqual({ name: 'flag:created' })
    expect(table.find('GET', '/login')).toBeUndefined()
    expect(table.unused()).toEqual(['* /login'])
    expect(table.find('PATCH', '/login')).toEqual({ exempt: 'the identity provider records it' })
    expect(table.find('DELETE', '/flags/a')).toBeUndefined()
    expect(table.unused()).toEqual([])
  })

  test('an invalid table of routes is refused with all its problems', () => {
    const table = {
      '/flags': 'flag:created',
      'DELTE /flags': 'flag:created',
      'POST flags': 'flag:created',
      'POST /a': 'flag:create',
      'PUT /a': 7,
      'PUT /b': { exempt: ' ' },
      'PUT /c': 'flag:created',
      'put /c/': 'flag:created',
      'PUT /d': { name: 'flag:created', tarjet: () => 'a' },
    }
    expect(() => parseRouteTable(table as never, audited().audit)).toThrow(
      expect.objectContaining({
        code: 'AUDIT_INVALID_OPTIONS',
        problems: [
          "routes['/flags']: is not a route. Write a method and the route's pattern, such as 'DELETE /flags/:key'.",
          "routes['DELTE /flags']: 'DELTE' is not a method. Did you mean 'DELETE /flags'?",
          "routes['POST flags']: is not a route. Write a method and the route's pattern, such as 'DELETE /flags/:key'.",
          `routes['POST /a']: There is no event "flag:create". Did you mean 'flag:created'?`,
          "routes['PUT /a']: is not an event. Write its name, { name, … } or { exempt: 'the reason' }.",
          "routes['PUT /b']: exempt must be the reason, as text.",
          "routes['put /c/']: is in the table twice.",
          "routes['PUT /d']: 'tarjet' is not an option. Did you mean 'target'?",
        ],
      }),
    )
  })
})
