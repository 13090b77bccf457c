import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Router from '@koa/router'
import { defineEvents, noPayload, type AuditEvent, type Journal, AuditError } from '@audit/core'
import { auditRecorder, type AuditRecorder } from '@audit/core/testing'
import Koa from 'koa'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { koaAudit, type AuditMiddlewareOptions } from './index.ts'

const flag = z.object({ key: z.string(), enabled: z.boolean().optional() })
const events = defineEvents({
  flag: { created: flag, updated: flag, deleted: { payload: flag, failMode: 'closed', target: (deleted) => deleted.key } },
  session: { 'signed-out': noPayload },
})
type Events = typeof events

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
})

interface Setup {
  readonly routes: (router: Router, audited: ReturnType<typeof koaAudit<Events>>['audited'], audit: AuditRecorder<Events>) => void
  readonly before?: (app: Koa) => void
  readonly options?: Partial<AuditMiddlewareOptions>
  readonly journal?: Journal
}

async function serve({ routes, before, options, journal }: Setup) {
  const audit = auditRecorder({ events, ...(journal && { journal }), strict: false, maxWaitMs: 50 })
  const { auditMiddleware, audited } = koaAudit(audit)
  const app = new Koa()
  app.silent = true
  const router = new Router()
  app.use(auditMiddleware({ router, actor: (ctx) => ctx.state['user'], ...options }))
  before?.(app)
  routes(router, audited, audit)
  app.use(router.routes())
  const server = createServer(app.callback()).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { audit, ask: (method: string, path: string, headers = {}) => fetch(url + path, { method, headers }) }
}

const outcome = ({ type, action, status, reason }: AuditEvent) => `${type}:${action} ${status}${reason ? ` ${reason}` : ''}`

describe('the outcome of a route', () => {
  const handlers: Record<string, [handler: (ctx: Koa.Context) => unknown, expected: string, answer: number]> = {
    'a body': [(ctx) => (ctx.body = { key: 'a' }), 'flag:created success', 200],
    'a status': [(ctx) => (ctx.status = 201), 'flag:created success', 201],
    'no content': [(ctx) => (ctx.status = 204), 'flag:created success', 204],
    'a redirect': [(ctx) => ctx.redirect('/elsewhere'), 'flag:created success', 302],
    'thrown 400': [(ctx) => ctx.throw(400), 'flag:created failure BadRequestError', 400],
    'thrown 401': [(ctx) => ctx.throw(401), 'flag:created denied unauthenticated', 401],
    'thrown 403': [(ctx) => ctx.throw(403), 'flag:created denied forbidden', 403],
    'thrown 404': [(ctx) => ctx.throw(404), 'flag:created failure NotFoundError', 404],
    'thrown 409': [(ctx) => ctx.throw(409), 'flag:created failure ConflictError', 409],
    'thrown 500': [(ctx) => ctx.throw(500), 'flag:created failure InternalServerError', 500],
    'a plain error': [
      () => {
        throw new TypeError('secret text')
      },
      'flag:created failure TypeError',
      500,
    ],
    'an error with a code': [
      () => {
        throw Object.assign(new Error('x'), { code: 'ECONNREFUSED' })
      },
      'flag:created failure ECONNREFUSED',
      500,
    ],
    'a rejection': [() => Promise.reject(new RangeError('x')), 'flag:created failure RangeError', 500],
    'a thrown string': [
      () => {
        throw 'text'
      },
      'flag:created failure string',
      500,
    ],
    'status 401': [(ctx) => (ctx.status = 401), 'flag:created denied unauthenticated', 401],
    'status 403': [(ctx) => (ctx.status = 403), 'flag:created denied forbidden', 403],
    'status 404': [(ctx) => (ctx.status = 404), 'flag:created failure status-404', 404],
    'status 422': [(ctx) => (ctx.status = 422), 'flag:created failure status-422', 422],
    nothing: [() => undefined, 'flag:created failure status-404', 404],
  }
  test.each(Object.entries(handlers))('the outcome of a route is recorded: %s', async (_, [handler, expected, answer]) => {
    const { audit, ask } = await serve({
      routes: (router, audited) =>
        router.post(
          '/flags',
          audited('flag:created', () => ({ key: 'a' })),
          async (ctx) => {
            await handler(ctx)
          },
        ),
    })
    const response = await ask('POST', '/flags')
    await response.text()
    expect(response.status === 302 ? 302 : response.status).toBe(answer === 302 ? 404 : answer)
    expect(audit.events.map(outcome)).toEqual([expected])
    expect(JSON.stringify(audit.events)).not.toContain('secret text')
  })
})

describe('the event of a request', () => {
  test('an event has the actor, the request and the pattern of the route', async () => {
    const { audit, ask } = await serve({
      before: (app) =>
        app.use((ctx, next) => {
          ctx.state['user'] = { authentication: 'token', id: 'u1' }
          return next()
        }),
      routes: (router, audited) =>
        router.put(
          '/flags/:key',
          audited('flag:updated', (ctx) => ({ key: ctx.params['key']! })),
          (ctx) => void (ctx.status = 204),
        ),
    })
    await ask('PUT', '/flags/flipt', { 'x-request-id': 'r-1' })
    expect(audit.events[0]).toMatchObject({
      payload: { key: 'flipt' },
      metadata: {
        actor: { authentication: 'token', id: 'u1', ip: '127.0.0.1' },
        request: { id: 'r-1', method: 'PUT', route: '/flags/:key', ip: '127.0.0.1' },
      },
    })
  })

  test('an event has an anonymous actor and a new request id if the request has neither', async () => {
    const { audit, ask } = await serve({
      routes: (router, audited) => router.post('/out', audited('session:signed-out'), (ctx) => void (ctx.status = 204)),
    })
    await ask('POST', '/out', { 'x-request-id': 'a b' })
    expect(audit.events[0]!.metadata).toMatchObject({
      actor: { authentication: 'none', ip: '127.0.0.1' },
      request: { id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    })
  })

  test('an event has the response body as its payload if there is no callback', async () => {
    const { audit, ask } = await serve({
      routes: (router, audited) =>
        router.post('/flags', audited('flag:created'), (ctx) => void (ctx.body = { key: 'b', more: 1 })),
    })
    await ask('POST', '/flags')
    expect(audit.events[0]!.payload).toEqual({ key: 'b' })
  })

  test('an event has the earlier state and the annotations of a service', async () => {
    const { audit, ask } = await serve({
      routes: (router, audited, audit) => {
        router.put(
          '/a/:key',
          audited('flag:updated', {
            before: async () => ({ key: 'a', enabled: false }),
            payload: () => ({ key: 'a', enabled: true }),
          }),
          (ctx) => void (ctx.status = 204),
        )
        router.put('/b/:key', audited('flag:updated'), (ctx) => {
          audit.annotate({ before: { key: 'b', enabled: true }, payload: { key: 'b', enabled: false }, target: 'b' })
          ctx.status = 204
        })
      },
    })
    await ask('PUT', '/a/a')
    await ask('PUT', '/b/b')
    expect(audit.events.map((event) => event.changes)).toEqual([
      [{ path: '/enabled', from: false, to: true }],
      [{ path: '/enabled', from: true, to: false }],
    ])
    expect(audit.events[1]!.target).toEqual({ type: 'flag', id: 'b' })
  })

  test('record() of the same name in the route settles its event, without a second one', async () => {
    const { audit, ask } = await serve({
      routes: (router, audited, audit) =>
        router.post('/flags', audited('flag:created'), async (ctx) => {
          await audit.record('flag:created', { key: 'mine' })
          ctx.body = { key: 'body' }
        }),
    })
    await ask('POST', '/flags')
    expect(audit.events.map((event) => event.payload)).toEqual([{ key: 'mine' }])
  })

  test('a callback that throws does not make the request fail', async () => {
    const fails = () => {
      throw new Error('x')
    }
    const { audit, ask } = await serve({
      options: { tenant: fails, requestId: fails },
      routes: (router, audited) =>
        router.post(
          '/flags',
          audited('flag:created', { payload: fails, before: fails, target: fails }),
          (ctx) => void (ctx.status = 201),
        ),
    })
    expect((await ask('POST', '/flags')).status).toBe(201)
    expect(audit.events[0]).toMatchObject({ status: 'success', invalid: [{ path: '' }] })
  })
})

describe('a request refused before the route', () => {
  const routes: Setup['routes'] = (router, audited) => {
    const nested = new Router()
    nested.delete(
      '/flags/:key',
      audited('flag:deleted', { target: (ctx) => ctx.params['key'] }),
      (ctx) => void (ctx.status = 204),
    )
    router.use('/api/:version', nested.routes())
    router.get('/open', (ctx) => void (ctx.body = 'open'))
  }
  test.each([
    [401, 'denied unauthenticated'],
    [403, 'denied forbidden'],
    [429, 'denied status-429'],
    [422, 'failure UnprocessableEntityError'],
  ])('a refusal with %i before the route is recorded', async (status, expected) => {
    const { audit, ask } = await serve({ routes, before: (app) => app.use((ctx) => ctx.throw(status)) })
    await ask('DELETE', '/api/v1/flags/x')
    expect(audit.events.map(outcome)).toEqual([`flag:deleted ${expected}`])
    expect(audit.events[0]).toMatchObject({
      target: { type: 'flag', id: 'x' },
      metadata: { request: { route: '/api/:version/flags/:key' } },
    })
  })

  test('a status without a throw is a refusal too', async () => {
    const { audit, ask } = await serve({ routes, before: (app) => app.use((ctx) => void (ctx.status = 403)) })
    await ask('DELETE', '/api/v1/flags/x')
    expect(audit.events.map(outcome)).toEqual(['flag:deleted denied forbidden'])
  })

  test('a route that is not audited, and one that does not exist, record nothing', async () => {
    const { audit, ask } = await serve({ routes })
    await ask('GET', '/open')
    await ask('GET', '/nowhere')
    expect(audit.events).toEqual([])
  })
})

test('tenant and actor are evaluated when an event is recorded, and an error in one affects only that one', async () => {
  const routes: Setup['routes'] = (router, audited) =>
    router.post('/out', audited('session:signed-out'), (ctx) => void (ctx.status = 204))
  const before = (app: Koa) =>
    app.use((ctx, next) => {
      ctx.state['tenant'] = 'acme'
      return next()
    })
  const actor = () => {
    throw new Error('x')
  }
  const { audit, ask } = await serve({ routes, before, options: { actor, tenant: (ctx) => ctx.state['tenant'] } })
  await ask('POST', '/out')
  expect(audit.events[0]!.metadata).toMatchObject({ tenant: 'acme', actor: { authentication: 'unknown', ip: '127.0.0.1' } })
})

test('an error that a middleware turns into a success response is still a failure', async () => {
  const { audit, ask } = await serve({
    before: (app) =>
      app.use(async (ctx, next) => {
        await next().catch(() => (ctx.status = 200))
      }),
    routes: (router, audited) =>
      router.post('/flags', audited('flag:created'), () => {
        throw new TypeError('x')
      }),
  })
  expect((await ask('POST', '/flags')).status).toBe(200)
  expect(audit.events.map(outcome)).toEqual(['flag:created failure TypeError'])
})

describe('a fail-closed event', () => {
  const routes: Setup['routes'] = (router, audited) =>
    router.delete(
      '/flags/:key',
      audited('flag:deleted', (ctx) => ({ key: ctx.params['key']! })),
      (ctx) => {
        ctx.state['ran'] = true
        ctx.status = 204
      },
    )

  test('a fail-closed event is attempted before the route and settled after it', async () => {
    const { audit, ask } = await serve({ routes })
    expect((await ask('DELETE', '/flags/a')).status).toBe(204)
    expect(audit.events.map(outcome)).toEqual(['flag:deleted attempted', 'flag:deleted success'])
    expect(audit.events[1]!.attempt).toBe(audit.events[0]!.id)
  })

  test('a fail-closed request gets 503 while the journal is down, and the route does not run', async () => {
    let ran = false
    const { audit, ask } = await serve({
      routes: (router, audited) => router.delete('/flags/:key', audited('flag:deleted'), () => void (ran = true)),
      journal: brokenJournal(),
    })
    expect((await ask('DELETE', '/flags/a')).status).toBe(503)
    expect(ran).toBe(false)
    expect(audit.events.map(outcome)).toEqual(['flag:deleted attempted'])
    expect(audit.stats()).toMatchObject({ submitted: 1, rejected: 1, recorded: 0 })
  })
})

test('each event of 1,000 concurrent requests has its own user and request', async () => {
  const { audit, ask } = await serve({
    before: (app) =>
      app.use(async (ctx, next) => {
        await new Promise((resolve) => setImmediate(resolve))
        ctx.state['user'] = { authentication: 'token', id: ctx.get('x-user') }
        await next()
      }),
    routes: (router, audited) =>
      router.post(
        '/flags/:key',
        audited('flag:created', (ctx) => ({ key: ctx.params['key']! })),
        async (ctx) => {
          await new Promise((resolve) => setImmediate(resolve))
          ctx.status = 201
        },
      ),
  })
  await Promise.all(
    Array.from({ length: 1_000 }, (_, index) =>
      ask('POST', `/flags/u${index % 50}-${index}`, { 'x-user': `u${index % 50}`, 'x-request-id': `r${index}` }),
    ),
  )
  expect(audit.events).toHaveLength(1_000)
  for (const { payload, metadata } of audit.events) {
    const [user, index] = (payload as { key: string }).key.split('-')
    expect([metadata.actor.id, metadata.request!.id]).toEqual([user, `r${index}`])
  }
})

test('a route without auditMiddleware() throws an error that names it', async () => {
  const { audited } = koaAudit(auditRecorder({ events }))
  await expect(audited('flag:created')({} as never, async () => undefined)).rejects.toThrow(
    /auditMiddleware\(\)\) must come before/,
  )
})

function brokenJournal(): Journal {
  return {
    open: async () => undefined,
    append: () => Promise.reject(new AuditError('AUDIT_JOURNAL_UNAVAILABLE', 'The disk is gone.')),
    cursor: () => Promise.reject(new Error('unused')),
    status: () => ({ state: 'unavailable', durability: 'disk', end: 0, events: 0, bytes: 0, maxBytes: 0 }),
    close: async () => undefined,
  }
}
