import type { Context } from 'koa'
import { expect, test } from 'vitest'
import { brief, serve, setUp } from '../test/serve.ts'
import { auditCoverage } from './index.ts'

const ok = (ctx: Context) => void (ctx.status = 204)

test('a wildcard names the event of the routes that it matches, and entries may have options', async () => {
  const { audit, app, router, auditMiddleware } = setUp()
  router.post('/auth/login', ok).post('/auth/:provider/callback', ok).delete('/auth/session', ok).get('/auth/session', ok)
  const routes = {
    '* /auth/(.*)': { name: 'flag:created', target: (ctx: Context) => ctx.path, failMode: 'closed' },
    'DELETE /auth/session': 'flag:deleted',
  } as const
  app.use(auditMiddleware({ router, routes })).use(router.routes())
  const send = await serve(app)
  for (const request of ['POST /auth/login', 'POST /auth/a/callback', 'DELETE /auth/session', 'GET /auth/session'])
    await send(request)
  await expect.poll(() => audit.events.filter(({ status }) => status === 'success')).toHaveLength(3)
  expect(
    audit.events.map(({ action, status, metadata, target }) => [action, status, metadata.request?.route, target?.id]),
  ).toEqual([
    ['created', 'attempted', '/auth/login', '/auth/login'],
    ['created', 'success', '/auth/login', '/auth/login'],
    ['created', 'attempted', '/auth/:provider/callback', '/auth/a/callback'],
    ['created', 'success', '/auth/:provider/callback', '/auth/a/callback'],
    ['deleted', 'success', '/auth/session', undefined],
  ])
  expect(auditCoverage(router).isComplete).toBe(true)
})

test('a request that was refused before a route of a wildcard is a denial of its event, and its guard is no route', async () => {
  const { audit, app, router, auditMiddleware } = setUp()
  let isOpen = false
  router.all('/admin{/*path}', (ctx, next) => (isOpen ? next() : ctx.throw(403)))
  router.all('/admin/flags', ok)
  app.use(auditMiddleware({ router, routes: { '* /admin/*path': 'flag:deleted' } })).use(router.routes())
  const send = await serve(app)
  for (isOpen of [true, false, true]) {
    await send('DELETE /admin/flags')
  }
  await expect
    .poll(() => audit.events.map(brief))
    .toEqual(['success', 'denied forbidden', 'success'].map((end) => expect.stringContaining(end)))
  expect(audit.events.map(({ metadata }) => metadata.request?.route)).toEqual(Array(3).fill('/admin/flags'))
})

test('two wildcards that name a route differently are an error at start, and one that matches none makes the coverage incomplete', () => {
  const { router, auditMiddleware } = setUp()
  const routes = { '* /auth/(.*)': 'flag:created', 'POST /(.*)': 'flag:deleted', '* /oauth/(.*)': 'flag:created' }
  auditMiddleware({ router, routes })
  expect(auditCoverage(router).unused).toEqual(Object.keys(routes))
  router.post('/auth/login', ok)
  const problem = "'POST /auth/login' matches '* /auth/(.*)' and 'POST /(.*)', which differ"
  expect(() => auditMiddleware({ router, routes })).toThrow(problem)
  expect(() => auditCoverage(router)).toThrow(problem)
})
