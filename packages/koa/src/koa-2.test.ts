import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Router from '@koa/router'
import { defineEvents, type AuditEvent } from '@audit/core'
import { auditRecorder } from '@audit/core/testing'
import type Koa from 'koa'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { koaAudit } from './index.ts'

// All other tests run on Koa 3; these hold Koa 2 to the same.

/** Koa 2 has the same shape, and no types of its own. */
const { default: Koa2 } = (await import('koa2' as string)) as { readonly default: new () => Koa }

const flag = z.object({ key: z.string() })
const events = defineEvents({ flag: { created: flag, deleted: { payload: flag, failMode: 'closed' } } })
const outcome = ({ type, action, status, reason }: AuditEvent) => `${type}:${action} ${status}${reason ? ` ${reason}` : ''}`

test.each<[what: string, request: string, answer: number, recorded: string[]]>([
  ['done', 'POST /flags/a', 201, ['flag:created success']],
  ['done, and recorded before', 'DELETE /flags/a', 204, ['flag:deleted attempted', 'flag:deleted success']],
  ['thrown', 'POST /flags/taken', 409, ['flag:created failure ConflictError']],
  ['refused in the route', 'POST /flags/mine', 403, ['flag:created denied forbidden']],
  ['refused before the router', 'POST /flags/a?anonymous', 401, ['flag:created denied unauthenticated']],
  ['not audited', 'GET /flags/a', 200, []],
])('%s', async (_, request, answer, recorded) => {
  const audit = auditRecorder({ events })
  const { auditMiddleware, audited } = koaAudit(audit)
  const router = new Router()
  const payload = (ctx: { readonly params: Record<string, string> }) => ({ key: ctx.params['key']! })
  router.get('/flags/:key', (ctx) => void (ctx.body = 'a flag'))
  router.delete('/flags/:key', audited('flag:deleted', payload), (ctx) => void (ctx.status = 204))
  router.post('/flags/:key', audited('flag:created', payload), (ctx) => {
    if (ctx.params['key'] === 'taken') ctx.throw(409)
    if (ctx.params['key'] === 'mine') ctx.throw(403)
    ctx.status = 201
  })
  const app = new Koa2()
  app.silent = true
  app.use(auditMiddleware({ router, actor: (ctx) => ctx.state['user'] }))
  app.use((ctx, next) => {
    if ('anonymous' in ctx.query) ctx.throw(401)
    ctx.state['user'] = { authentication: 'token', id: 'u1' }
    return next()
  })
  app.use(router.routes())
  const server = createServer(app.callback()).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')

  const [method = '', path] = request.split(' ')
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { method })
  expect(response.status).toBe(answer)
  expect(audit.events.map(outcome)).toEqual(recorded)
  const id = path?.endsWith('anonymous') ? undefined : 'u1'
  const known = { actor: { ...(id && { id }), ip: '127.0.0.1' }, request: { route: '/flags/:key' } }
  for (const { metadata } of audit.events) expect(metadata).toMatchObject(known)
})
