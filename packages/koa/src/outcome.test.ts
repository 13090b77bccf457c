import { once } from 'node:events'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Context, Next } from 'koa'
import { describe, expect, test } from 'vitest'
import { brief, serve, setUp } from '../test/serve.ts'

const ok = (ctx: Context) => void (ctx.body = { done: true })

describe('an operation that succeeded is recorded as a success', () => {
  const outside: Record<string, [(ctx: Context, next: Next) => Promise<unknown>, number, string]> = {
    'a serializer throws': [
      async (_, next) => {
        await next()
        throw new RangeError('secret')
      },
      500,
      'success by no one on undefined | 500 RangeError',
    ],
    'a middleware answers 403': [
      async (ctx, next) => {
        await next()
        ctx.status = 403
      },
      403,
      'success by no one on undefined | 403 undefined',
    ],
    'the body cannot be serialized': [
      async (ctx, next) => {
        await next()
        ctx.body = { count: 1n }
      },
      500,
      'success by no one on undefined | 500 TypeError',
    ],
  }
  test.each(Object.entries(outside))(
    'an operation that succeeded stays a success when %s',
    async (_, [middleware, status, expected]) => {
      const { audit, app, router, auditMiddleware, audited } = setUp()
      router.post('/flags', audited('flag:created'), ok)
      router.put('/flags', audited('flag:created', { failMode: 'closed' }), ok)
      app.use(auditMiddleware({ router })).use(middleware).use(router.routes())
      const send = await serve(app)
      expect([await send('POST /flags'), await send('PUT /flags')]).toEqual([status, status])
      const outcomes = audit.events.filter((event) => event.status !== 'attempted').map(brief)
      expect(outcomes).toEqual([`flag:created ${expected}`, `flag:created ${expected}`])
      expect(JSON.stringify(audit.events)).not.toContain('secret')
    },
  )

  test('a success is recorded once the handler has settled, if a timeout answers first', async () => {
    const { audit, app, router, auditMiddleware, audited } = setUp()
    let open = () => undefined as void
    const gate = new Promise<void>((resolve) => (open = resolve))
    router.post('/flags', audited('flag:created'), async (ctx) => {
      await gate
      ctx.body = {}
    })
    app.use(auditMiddleware({ router }))
    app.use((ctx, next) => Promise.race([next(), Promise.resolve().then(() => ctx.throw(504))]))
    app.use(router.routes())
    expect(await (await serve(app))('POST /flags')).toBe(504)
    expect(audit.events).toEqual([])
    open()
    await expect
      .poll(() => audit.events.map(brief))
      .toEqual(['flag:created success by no one on undefined | 504 GatewayTimeoutError'])
  })

  test('a handler that has not settled when the audit closes is recorded as abandoned', async () => {
    const { audit, app, router, auditMiddleware, audited } = setUp()
    router.post('/flags', audited('flag:created'), () => new Promise<void>(() => undefined))
    app.use(auditMiddleware({ router }))
    app.use((ctx, next) => Promise.race([next(), Promise.resolve().then(() => ctx.throw(504))]))
    app.use(router.routes())
    await (
      await serve(app)
    )('POST /flags')
    await audit.close()
    expect(audit.events).toMatchObject([{ status: 'failure', reason: 'abandoned', response: { status: 504 } }])
  })
})

test.each([
  ['a Blob', () => new Blob(['x'.repeat(100)])],
  ['a Response', () => new Response('x'.repeat(100))],
  ['a web stream', () => new Blob(['x']).stream()],
])('a body that is %s is sent, and does not become a payload', async (_, body) => {
  const { audit, app, router, auditMiddleware, audited } = setUp()
  router.get('/flags', audited('flag:read'), (ctx) => void (ctx.body = body()))
  app.use(auditMiddleware({ router })).use(router.routes())
  expect(await (await serve(app))('GET /flags')).toBe(200)
  await expect.poll(() => audit.events).toMatchObject([{ status: 'success', payload: null }])
})

test('a web stream whose client disconnects is a failure', async () => {
  const { audit, app, router, auditMiddleware, audited } = setUp()
  const endless = () => new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(10_000)) })
  router.get('/flags', audited('flag:read'), (ctx) => void (ctx.body = endless()))
  app.use(auditMiddleware({ router })).use(router.routes())
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const sent = request({ port: (server.address() as AddressInfo).port, path: '/flags' }).end()
  const [response] = await once(sent, 'response')
  await once(response, 'data')
  sent.destroy()
  await expect.poll(() => audit.events).toMatchObject([{ status: 'failure' }])
  server.closeAllConnections()
  server.close()
})

test('an event has the method by which the route was found, even if the handler changes it', async () => {
  const { audit, app, router, auditMiddleware, audited } = setUp()
  router.put('/flags/a', audited('flag:created'), (ctx) => {
    ctx.method = 'GET'
    ctx.status = 204
  })
  app.use(auditMiddleware({ router })).use(router.routes())
  const send = await serve(app)
  await send('PUT /flags/a')
  await expect.poll(() => audit.events.map(({ metadata }) => metadata.request?.method)).toEqual(['PUT'])
})

describe('the actor', () => {
  test('the actor is the user who was signed in, even if the route signs them out', async () => {
    const { audit, app, router, auditMiddleware, audited } = setUp()
    router.post('/logout', audited('session:closed'), (ctx) => {
      ctx.state['user'] = undefined
      ctx.redirect('/')
    })
    router.post('/login', audited('session:opened'), (ctx) => {
      ctx.state['user'] = { id: 'bob' }
      ctx.redirect('/')
    })
    app.use(auditMiddleware({ router }))
    app.use((ctx, next) => {
      if (ctx.path === '/logout') ctx.state['user'] = { id: 'ada', phone: '+49 170', roles: ['admin'] }
      return next()
    })
    app.use(router.routes())
    const send = await serve(app)
    await send('POST /logout')
    await send('POST /login')
    expect(audit.events.map(({ metadata }) => metadata.actor)).toEqual([
      { authentication: 'unknown', id: 'ada', ip: '127.0.0.1' },
      { authentication: 'unknown', id: 'bob', ip: '127.0.0.1' },
    ])
  })

  test('a denial inside the route settles its event', async () => {
    const { audit, app, router, auditMiddleware, audited } = setUp()
    router.post('/login', audited('session:opened'), async (ctx) => {
      await audit.denied('session:opened', { target: 'ada', reason: 'wrong-password' })
      ctx.throw(403)
    })
    app.use(auditMiddleware({ router })).use(router.routes())
    await (
      await serve(app)
    )('POST /login')
    expect(audit.events.map(brief)).toEqual(['session:opened denied wrong-password by no one on ada'])
  })
})
