import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Router from '@koa/router'
import { defineEvents, noPayload, type AuditEvent } from '@audit/core'
import { auditRecorder } from '@audit/core/testing'
import Koa from 'koa'
import mount from 'koa-mount'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { auditCoverage, koaAudit, notAudited } from './index.ts'

const flag = z.object({ key: z.string() })
const events = defineEvents({ flag: { created: flag, updated: noPayload, deleted: noPayload } })

function setUp() {
  const audit = auditRecorder({ events })
  return { audit, app: Object.assign(new Koa(), { silent: true }), router: new Router(), ...koaAudit(audit) }
}

async function serve(app: Koa) {
  const server = createServer(app.callback()).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return async (request: string, headers = {}) => {
    const [method = '', path] = request.split(' ')
    const response = await fetch(url + path, { method, headers })
    await response.text()
    return response.status
  }
}

const outcome = ({ type, action, status, reason }: AuditEvent) => `${type}:${action} ${status}${reason ? ` ${reason}` : ''}`
const ok = (ctx: Koa.Context) => void (ctx.status = 204)

test('a route of several methods in the table is recorded by the method of the request, also in the coverage report', async () => {
  const { audit, app, router, auditMiddleware } = setUp()
  router.register('/a', ['PUT', 'DELETE', 'PATCH'], ok)
  router.all('/b', ok)
  const routes = { 'PUT /a': 'flag:updated', 'DELETE /a': 'flag:deleted', 'DELETE /b': 'flag:deleted' }
  app.use(auditMiddleware({ router, routes })).use(router.routes())
  const send = await serve(app)
  for (const request of ['PUT /a', 'DELETE /a', 'PATCH /a', 'DELETE /b', 'PUT /b']) await send(request)
  expect(audit.events.map(outcome)).toEqual(['flag:updated success', 'flag:deleted success', 'flag:deleted success'])
  expect(auditCoverage(router).missing).toEqual([
    { method: 'PATCH', route: '/a' },
    { method: '*', route: '/b' },
  ])
})

test('an error that has only a statusCode, or that the application maps to 403, is a denial', async () => {
  class NotYours extends Error {}
  const { audit, app, router, auditMiddleware, audited } = setUp()
  router.post('/code', audited('flag:created'), () => {
    throw Object.assign(new Error('x'), { statusCode: 403 })
  })
  router.post('/mapped', audited('flag:created'), () => {
    throw new NotYours()
  })
  app.use(auditMiddleware({ router }))
  app.use((ctx, next) =>
    next().catch((error: unknown) => (error instanceof NotYours ? (ctx.status = 403) : Promise.reject(error))),
  )
  app.use((ctx, next) => {
    if (ctx.get('x-early')) throw Object.assign(new Error('x'), { statusCode: 401 })
    return next()
  })
  app.use(router.routes())
  const send = await serve(app)
  expect([await send('POST /code'), await send('POST /mapped'), await send('POST /code', { 'x-early': '1' })]).toEqual([
    403, 403, 401,
  ])
  expect(audit.events.map(outcome)).toEqual([
    'flag:created denied forbidden',
    'flag:created denied forbidden',
    'flag:created denied unauthenticated',
  ])
  expect(audit.events[1]!.error).toEqual({ kind: 'NotYours', status: 403 })
})

test('the refusal of an exempt route is not recorded as another route whose pattern matches too', async () => {
  const { audit, app, router, auditMiddleware, audited } = setUp()
  router.post('/flags/preview', notAudited('changes nothing'), ok)
  router.post('/flags/:key', audited('flag:created'), ok)
  app.use(auditMiddleware({ router })).use((ctx) => ctx.throw(401))
  app.use(router.routes())
  const send = await serve(app)
  await send('POST /flags/preview')
  await send('POST /flags/a')
  expect(audit.events.map(outcome)).toEqual(['flag:created denied unauthenticated'])
})

test('a body that a middleware wraps later is recorded as the route set it', async () => {
  const { audit, app, router, auditMiddleware, audited } = setUp()
  router.post('/flags', audited('flag:created'), (ctx) => void (ctx.body = { key: 'a' }))
  app.use(auditMiddleware({ router }))
  app.use(async (ctx, next) => {
    await next()
    ctx.body = { data: ctx.body }
  })
  app.use(router.routes())
  await (
    await serve(app)
  )('POST /flags')
  expect(audit.events[0]!.payload).toEqual({ key: 'a' })
})

test('a mounted application that uses the middleware too records one event, with the mount path', async () => {
  const { audit, app, router, auditMiddleware, audited } = setUp()
  router.post('/flags/:key', audited('flag:updated'), ok)
  const inner = new Koa()
  inner.use(auditMiddleware({ router })).use(router.routes())
  app.use(auditMiddleware({ router: { mountPath: '/v1', router } })).use(mount('/v1', inner))
  await (
    await serve(app)
  )('POST /v1/flags/a')
  expect(audit.events.map(({ metadata }) => metadata.request!.route)).toEqual(['/v1/flags/:key'])
})

test('two calls of koaAudit() for one audit work together, and those for two audits stay separate', async () => {
  const one = setUp()
  const other = setUp()
  one.router.post('/both', one.audited('flag:updated'), other.audited('flag:deleted'), ok)
  one.router.post('/one', koaAudit(one.audit).audited('flag:updated'), ok)
  one.app.use(one.auditMiddleware({ router: one.router })).use(other.auditMiddleware({ router: one.router }))
  one.app.use(one.router.routes())
  const send = await serve(one.app)
  expect([await send('POST /both'), await send('POST /one')]).toEqual([204, 204])
  expect(one.audit.events.map(outcome)).toEqual(['flag:updated success', 'flag:updated success'])
  expect(other.audit.events.map(outcome)).toEqual(['flag:deleted success'])
})

test('a fail-open request succeeds while the journal is down, and the loss is counted', async () => {
  const audit = auditRecorder({ events, maxWaitMs: 50, queue: { maxEvents: 10 } })
  await audit.close({ timeoutMs: 10 })
  const { auditMiddleware, audited } = koaAudit(audit)
  const router = new Router()
  router.post('/flags', audited('flag:updated'), ok)
  const app = new Koa()
  app.use(auditMiddleware({ router })).use(router.routes())
  const send = await serve(app)
  expect(await send('POST /flags')).toBe(204)
  await expect.poll(() => audit.stats()).toMatchObject({ lost: 1 })
})
