import Router from '@koa/router'
import { defineEvents } from '@audit/core'
import { auditRecorder } from '@audit/core/testing'
import '@audit/core/testing/vitest'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { auditCoverage, koaAudit, notAudited } from './index.ts'

const flag = z.object({ key: z.string() })
const events = defineEvents({ flag: { created: flag, deleted: flag } })

function routers() {
  const audit = auditRecorder({ events })
  const { auditMiddleware, audited } = koaAudit(audit)
  const router = new Router()
  const nested = new Router({ prefix: '/nested' })
  const handler = () => undefined
  router.get('/flags', handler)
  router.post('/flags', audited('flag:created'), handler)
  router.post('/preview', notAudited('changes nothing'), handler)
  nested.delete('/:key', audited('flag:deleted'), handler)
  router.use('/api', nested.routes())
  return { router, handler, auditMiddleware }
}

test('the coverage report lists every route with its event or its exemption', () => {
  const { router, handler } = routers()
  expect(auditCoverage(router)).toBeComplete()
  expect(String(auditCoverage(router))).toBe(
    [
      'method  route             handler  recorded as',
      'GET     /flags                     -',
      'POST    /flags                     flag:created',
      'POST    /preview                   not audited: changes nothing',
      'DELETE  /api/nested/:key           flag:deleted',
    ].join('\n'),
  )
  router.patch('/flags/:key', handler)
  const report = auditCoverage(router)
  expect(report).not.toBeComplete()
  expect(report.missing).toEqual([{ method: 'PATCH', route: '/flags/:key' }])
  expect(auditCoverage(router, { reads: true }).missing.map(({ method }) => method)).toEqual(['GET', 'PATCH'])
})

test('the coverage report includes the route table, and names its entries that match no route', () => {
  const { router, handler, auditMiddleware } = routers()
  router.patch('/flags/:key', handler)
  auditMiddleware({ router, routes: { 'PATCH /flags/:key': 'flag:created', 'PUT /flagz': 'flag:created' } })
  const report = auditCoverage(router)
  expect(report.missing).toEqual([])
  expect(report.unused).toEqual(['PUT /flagz'])
})

test('the coverage report lists the routes of a mounted router with their mount path', () => {
  const { router } = routers()
  const [first] = auditCoverage([{ mountPath: '/v1', router }]).routes
  expect(first).toEqual({ method: 'GET', route: '/v1/flags' })
})

test('an unknown event, an exemption without a reason and a wrong route throw at start', () => {
  const { audited, auditMiddleware } = koaAudit(auditRecorder({ events }))
  expect(() => audited('flag:craeted' as 'flag:created')).toThrow(`Did you mean 'flag:created'?`)
  expect(() => notAudited('')).toThrow('has no reason')
  expect(() => auditMiddleware({ router: new Router(), routes: { 'POST a': 'flag:created' } })).toThrow('is not a route')
})

test('the coverage report lists the methods that the table names for a route of all methods', () => {
  const { router, handler, auditMiddleware } = routers()
  router.all('/login', handler)
  const ofLogin = () => auditCoverage(router).routes.filter(({ route }) => route === '/login')
  auditMiddleware({ router, routes: { 'POST /login': 'flag:created' } })
  expect(ofLogin()).toEqual([
    { method: 'POST', route: '/login', event: 'flag:created' },
    { method: '*', route: '/login' },
  ])
  auditMiddleware({ router, routes: { 'POST /login': 'flag:created', '* /login': { exempt: 'refused' } } })
  expect(ofLogin()).toEqual([
    { method: 'POST', route: '/login', event: 'flag:created' },
    { method: '*', route: '/login', exempt: 'refused' },
  ])
  expect(auditCoverage(router)).toBeComplete()
})
