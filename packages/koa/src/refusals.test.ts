import Router from '@koa/router'
import { expect, test } from 'vitest'
import type { Context, Next } from 'koa'
import mount from 'koa-mount'
import { brief, serve, setUp } from '../test/serve.ts'

const target = (ctx: Context) => ctx['params'].key as string
const ok = (ctx: Context) => void (ctx.status = 204)

test('a refusal by an unaudited route is not recorded as the audited route whose pattern matches too', async () => {
  const { audit, app, router, auditMiddleware, audited } = setUp()
  router.get('/flags/me', (ctx) => ctx.throw(401))
  router.get('/flags/export', () => {
    throw new Error('disk')
  })
  router.post('/flags/search', (ctx) => void (ctx.status = 422))
  router.get('/flags/:key', audited('flag:read', { target }), ok)
  router.post('/flags/:key', audited('flag:created', { target }), ok)
  app.use(auditMiddleware({ router })).use(router.routes())
  const send = await serve(app)
  expect([await send('GET /flags/me'), await send('GET /flags/export'), await send('POST /flags/search')]).toEqual([
    401, 500, 422,
  ])
  expect(audit.events).toEqual([])
})

test('an audited route is recorded with its own pattern, even if a later one matches too', async () => {
  const { audit, app, router, auditMiddleware, audited } = setUp()
  router.post('/flags/import', audited('flag:created'), ok)
  router.post('/flags/:key', audited('flag:deleted', { target }), ok)
  app.use(auditMiddleware({ router })).use(router.routes())
  await (
    await serve(app)
  )('POST /flags/import')
  expect(audit.events.map(({ action, metadata }) => [action, metadata.request!.route])).toEqual([['created', '/flags/import']])
})

test('a refusal by a guard for all methods that takes next is recorded as the route behind it', async () => {
  const { audit, app, router, auditMiddleware, audited } = setUp()
  router.all('/flags/:key', (ctx: Context, next: Next) => (ctx.get('x-user') ? next() : ctx.throw(401)))
  router.delete('/flags/:key', audited('flag:deleted', { target }), ok)
  router.get('/flags/:key', ok)
  app.use(auditMiddleware({ router })).use(router.routes())
  const send = await serve(app)
  await send('DELETE /flags/a')
  await send('GET /flags/a')
  await send('DELETE /flags/b', { headers: { 'x-user': 'ada' } })
  expect(audit.events.map(brief)).toEqual([
    'flag:deleted denied unauthenticated by no one on a',
    'flag:deleted success by no one on b',
  ])
})

test.each([
  [(ctx: Context) => ctx.throw(429), 'denied status-429'],
  [(ctx: Context) => ctx.throw(404), 'denied status-404'],
  [(ctx: Context) => ctx.throw(402), 'denied status-402'],
  [(ctx: Context) => void (ctx.status = 404), 'denied status-404'],
  [(ctx: Context) => ctx.throw(400), 'failure BadRequestError'],
  [(ctx: Context) => ctx.throw(413), 'failure PayloadTooLargeError'],
  [(ctx: Context) => ctx.throw(503), 'failure ServiceUnavailableError'],
  [(ctx: Context) => ctx.redirect('/login'), 'failure handler-not-run'],
])('a refusal with %s before the router or in the route is a %s', async (refuse, expected) => {
  const { audit, app, router, auditMiddleware, audited } = setUp()
  const only = (where: string) => (ctx: Context, next: Next) => (ctx.get('x-where') === where ? refuse(ctx) : next())
  router.delete(
    '/flags/:key',
    only('before the mark') as never,
    audited('flag:deleted', { target }),
    only('behind the mark') as never,
    ok,
  )
  app.use(auditMiddleware({ router })).use(only('application') as never)
  app.use(router.routes())
  const send = await serve(app)
  for (const where of ['application', 'before the mark', 'behind the mark']) {
    await send('DELETE /flags/a', { headers: { 'x-where': where } })
  }
  expect(audit.events.map(brief)).toEqual(Array(3).fill(`flag:deleted ${expected} by no one on a`))
})

/** The properties that koa-passport sets on the context. */
const passport = (isSignedIn: (ctx: Context) => boolean) => (ctx: Context, next: Next) => {
  Object.assign(ctx, { isUnauthenticated: () => !isSignedIn(ctx) })
  return next()
}

test.each([
  ['by a guard in the route', [(ctx: Context, next: Next) => (ctx.state['user'] ? next() : ctx.redirect('/login')), ok]],
  ['by Passport as the handler', [Object.assign(async (ctx: Context) => ctx.redirect('/login'), {})]],
])('a redirect %s is a denial if Passport reports that the caller is not signed in', async (what, functions) => {
  const { audit, app, router, auditMiddleware, audited } = setUp()
  if (what.includes('Passport as')) Object.defineProperty(functions[0], 'name', { value: 'passportAuthenticate' })
  router.post('/flags/:key', audited('flag:created', { target }), ...(functions as []))
  app.use(auditMiddleware({ router })).use(passport(() => false) as never)
  app.use(router.routes())
  await (
    await serve(app)
  )('POST /flags/a')
  expect(audit.events.map(brief)).toEqual(['flag:created denied unauthenticated by no one on a'])
})

test('without a router, a redirect is a denial only if the caller was never signed in', async () => {
  const { audit, app, auditMiddleware, audited } = setUp()
  app.use(auditMiddleware({ router: [] }))
  app.use((ctx, next) => {
    if (ctx.get('x-user')) ctx.state['user'] = { id: ctx.get('x-user') }
    return next()
  })
  app.use(passport((ctx) => ctx.state['user'] !== undefined) as never)
  app.use(audited('session:opened', { target: (ctx) => ctx.path }))
  app.use((ctx) => {
    if (ctx.path === '/good') ctx.state['user'] = { id: 'ada' }
    if (ctx.path === '/logout') ctx.state['user'] = undefined
    ctx.redirect('/')
  })
  const send = await serve(app)
  await send('POST /bad')
  await send('POST /good')
  await send('POST /logout', { headers: { 'x-user': 'ada' } })
  expect(audit.events.map(brief)).toEqual([
    'session:opened denied unauthenticated by no one on /bad',
    'session:opened success by ada on /good',
    'session:opened success by ada on /logout',
  ])
})

test('a redirect to another site, as at the start of OAuth, is not a denial', async () => {
  const { audit, app, router, auditMiddleware, audited } = setUp()
  router.get(
    '/login',
    audited('session:opened'),
    (ctx: Context, next: Next) => (ctx.query['code'] ? next() : ctx.redirect('https://id.example.com')),
    ok,
  )
  app.use(auditMiddleware({ router })).use(passport(() => false) as never)
  app.use(router.routes())
  await (
    await serve(app)
  )('GET /login')
  expect(audit.events.map(brief)).toEqual(['session:opened failure handler-not-run by no one on undefined'])
})

/** Answers later through Node's response, as middleware of other frameworks does. */
function answerLater(ctx: Context, status: number): void {
  ctx.respond = false
  setImmediate(() => ctx.res.writeHead(status).end())
}

test('middleware that answers instead of the handler is a refusal, even if it answers later', async () => {
  const { audit, app, router, auditMiddleware, audited } = setUp()
  const guard = (ctx: Context, next: Next) => (ctx.get('x-user') ? next() : answerLater(ctx, 401))
  router.post('/behind/:key', audited('flag:created', { target }), guard, ok)
  router.post('/before/:key', guard, audited('flag:created', { target }), ok)
  router.post('/outside/:key', audited('flag:created', { target }), ok)
  app.use(auditMiddleware({ router }))
  app.use((ctx, next) => (ctx.path.startsWith('/outside') ? answerLater(ctx, Number(ctx.get('x-status'))) : next()))
  app.use(router.routes())
  const send = await serve(app)
  for (const path of ['/behind/a', '/before/b']) await send(`POST ${path}`)
  for (const status of ['403', '404', '201']) await send('POST /outside/c', { headers: { 'x-status': status } })
  await expect
    .poll(() => audit.events.map(brief))
    .toEqual([
      'flag:created denied unauthenticated by no one on a',
      'flag:created denied unauthenticated by no one on b',
      'flag:created denied forbidden by no one on c',
      'flag:created denied status-404 by no one on c',
    ])
})

test('a 404 without a chosen status records nothing: such a route may not exist', async () => {
  const { audit, app, router, auditMiddleware, audited } = setUp()
  router.delete('/flags/:key', audited('flag:deleted'), ok)
  app.use(auditMiddleware({ router })).use(mount('/v1', router.routes()))
  expect(await (await serve(app))('DELETE /flags/a')).toBe(404)
  expect(audit.events).toEqual([])
})

test('a router for another host is ignored', async () => {
  const { audit, app, auditMiddleware, audited } = setUp()
  const router = new Router({ host: 'admin.example.com' })
  router.delete('/flags/:key', audited('flag:deleted'), ok)
  app.use(auditMiddleware({ router })).use((ctx) => ctx.throw(401))
  await (
    await serve(app)
  )('DELETE /flags/a')
  expect(audit.events).toEqual([])
})

test('a path that a middleware has rewritten is matched as the router would match it', async () => {
  const { audit, app, router, auditMiddleware, audited } = setUp()
  router.delete('/flags/:key', audited('flag:deleted', { target }), ok)
  app.use(auditMiddleware({ router }))
  app.use((ctx, next) => {
    ctx.path = ctx.path.replace(/^\/(v1|acme)/, '')
    return next()
  })
  app.use((ctx) => ctx.throw(401)).use(router.routes())
  const send = await serve(app)
  for (const path of ['/flags/a', '/v1/flags/a', '/acme/flags/a']) await send(`DELETE ${path}`)
  expect(audit.events.map(brief)).toEqual(Array(3).fill('flag:deleted denied unauthenticated by no one on a'))
})

test('a broken percent-encoding is recorded unchanged, and does not end the process', async () => {
  const { audit, app, router, auditMiddleware, audited } = setUp()
  router.delete('/flags/:key', audited('flag:deleted', { target }), ok)
  app.use(auditMiddleware({ router })).use((ctx, next) => (ctx.get('x-deny') ? ctx.throw(403) : next()))
  app.use(router.routes())
  const send = await serve(app)
  await send('DELETE /flags/%E0%A4%A')
  await send('DELETE /flags/%E0%A4%A', { headers: { 'x-deny': '1' } })
  expect(audit.events.map(brief)).toEqual([
    'flag:deleted success by no one on %E0%A4%A',
    'flag:deleted denied forbidden by no one on %E0%A4%A',
  ])
})

test.each([
  ['router.routes()', (router: Router) => router.routes(), 'router is router.routes(). Give the router itself.'],
  ['undefined', () => undefined, 'router is undefined.'],
  ['null', () => null, 'router is null.'],
  ['a list with a hole', (router: Router) => [router, undefined], 'router[1] is undefined.'],
  ['a wrapper', (router: Router) => ({ router, middleware: () => undefined }), "Give its '.router'."],
  ['an application', () => setUp().app, 'router is a Koa application.'],
  ['a string', () => '/flags', 'router is a string.'],
  ['any object', () => ({}), "it has no 'stack' and 'match'"],
  ['a mount without a slash', (router: Router) => ({ mountPath: 'v1', router }), "does not begin with '/'"],
])('auditMiddleware() throws at start if the router is %s', (_, give, message) => {
  const { router, auditMiddleware } = setUp()
  expect(() => auditMiddleware({ router: give(router) as never })).toThrow(message)
})

test('an unknown option or one of the wrong type throws at start', () => {
  const { router, auditMiddleware, audited } = setUp()
  expect(() => auditMiddleware({ router, actro: () => undefined } as never)).toThrow(
    "'actro' is not an option. Did you mean 'actor'?",
  )
  expect(() => auditMiddleware({ router, actor: 'ada' } as never)).toThrow('actor must be a function')
  expect(() => audited('flag:deleted', { tarjet: () => 'a' } as never)).toThrow("Did you mean 'target'?")
  expect(() => auditMiddleware(undefined as never)).toThrow('router is undefined')
})
