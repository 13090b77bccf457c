import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { defineEvents, noPayload, type Audit } from '@audit/core'
import type Koa from 'koa'
import mount from 'koa-mount'
import { z } from 'zod'
import { koaAudit, notAudited } from '../src/index.ts'
import type { Versions } from './versions.ts'

const flag = z.object({ key: z.string() })
export const events = defineEvents({
  flag: { created: flag, deleted: noPayload, exported: noPayload, purged: { payload: flag, failMode: 'closed' } },
  user: { created: flag },
})

/** Emits `slow` when a slow route has begun. */
export const routes = new EventEmitter()

/** An application with everything that stands between a request and its route. */
export function applicationOf(audit: Audit<typeof events>, { Koa, Router }: Versions): Koa {
  const { auditMiddleware, audited } = koaAudit(audit)
  const router = new Router()
  const nested = new Router({ prefix: '/nested' })
  const inner = new Router()
  const key = (ctx: { readonly params: Record<string, string> }) => ({ key: ctx.params['key']! })
  const target = (ctx: { readonly params: Record<string, string> }) => ctx.params['key']

  router.post('/returns', audited('flag:created'), (ctx) => void ((ctx.status = 201), (ctx.body = { key: 'a' })))
  router.put('/params/:key', audited('flag:created', { payload: key, target }), (ctx) => void (ctx.status = 204))
  router.post(
    '/waits',
    audited('flag:created', async () => ({ key: 'late' })),
    async (ctx) => {
      await wait(1)
      ctx.status = 201
    },
  )
  router.post('/throws/:status', audited('flag:created'), (ctx) => ctx.throw(Number(ctx.params['status']), 'secret'))
  router.post('/breaks', audited('flag:created'), () => {
    throw new TypeError('secret')
  })
  router.post('/status/:status', audited('flag:created'), (ctx) => void (ctx.status = Number(ctx.params['status'])))
  router.post('/nothing', audited('flag:created'), () => undefined)
  router.post('/caught', audited('flag:created'), (ctx) => ctx.throw(409))
  router.post('/role/:key', requireRole, audited('flag:created', { target }), (ctx) => void (ctx.status = 201))
  router.post(
    '/slow/:end',
    audited('flag:created', () => ({ key: 'slow' })),
    async (ctx) => {
      routes.emit('slow')
      await wait(50)
      if (ctx.params['end'] === 'throws') ctx.throw(409)
      ctx.status = 201
    },
  )
  router.get(
    '/stream',
    audited('flag:exported'),
    (ctx) => void (ctx.body = Readable.from([Buffer.alloc(1_000), Buffer.alloc(1_000)])),
  )
  router.get('/endless', audited('flag:exported'), (ctx) => void (ctx.body = Readable.from(chunks())))
  router.get('/broken-stream', audited('flag:exported'), (ctx) => void (ctx.body = Readable.from(breaking())))
  router.post(
    '/hijacked',
    audited('flag:created', () => ({ key: 'hijacked' })),
    (ctx) => {
      ctx.respond = false
      setTimeout(() => ctx.res.writeHead(201).end(), 10)
    },
  )
  router.post('/hijacked-refuses', audited('flag:created'), (ctx) => {
    ctx.respond = false
    ctx.res.writeHead(409).end()
  })
  router.post('/records', audited('flag:created'), async (ctx) => {
    await audit.record('flag:created', { key: 'recorded' })
    ctx.body = { key: 'never' }
  })
  router.post('/annotates', audited('flag:created'), (ctx) => {
    audit.annotate({ target: 'annotated', payload: { key: 'annotated' } })
    ctx.status = 204
  })
  router.delete('/flags/:key', audited('flag:deleted', { target }), (ctx) => void (ctx.body = { deleted: true }))
  router.post('/twice', audited('flag:created'), audited('user:created'), (ctx) => void (ctx.body = { key: 'once' }))
  router.post('/exempt', notAudited('changes nothing'), (ctx) => void (ctx.status = 201))
  router.get('/plain', (ctx) => void (ctx.body = 'plain'))
  router.delete('/table/:key', (ctx) => void (ctx.status = 204))
  router.post('/table-exempt', (ctx) => void (ctx.status = 201))
  router.post('/closed', audited('flag:purged'), (ctx) => void (ctx.body = { key: 'purged' }))
  router.post('/closed-fails', audited('flag:purged'), (ctx) => ctx.throw(409))
  router.get(
    '/closed-stream',
    audited('flag:exported', { failMode: 'closed' }),
    (ctx) => void (ctx.body = Readable.from([Buffer.alloc(9)])),
  )
  nested.post('/:key', audited('flag:created', { payload: key, target }), (ctx) => void (ctx.status = 201))
  router.use('/api', nested.routes(), nested.allowedMethods())
  inner.post('/:key', audited('user:created', { payload: key, target }), (ctx) => void (ctx.status = 201))

  const mounted = new Koa()
  mounted.use(inner.routes())
  const app = new Koa()
  app.silent = true
  app.use(
    auditMiddleware({
      router: [router, { mountPath: '/mounted', router: inner }],
      actor: (ctx) => ctx.state['user'],
      routes: {
        'DELETE /table/:key': { name: 'flag:deleted', target: (ctx) => ctx.params['key'] },
        'POST /table-exempt': { exempt: 'changes nothing' },
      },
    }),
  )
  app.use(async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      if (ctx.path !== '/caught') throw error
      ctx.status = 200
    }
  })
  app.use(authenticate)
  app.use(mount('/mounted', mounted))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}

function authenticate(ctx: Koa.Context, next: Koa.Next): Promise<unknown> {
  const user = ctx.get('authorization')
  if (user === 'blocked') ctx.throw(401)
  if (user === 'blocked-softly') return Promise.resolve((ctx.status = 403))
  if (user) ctx.state['user'] = { authentication: 'token', id: user }
  return next()
}

function requireRole(ctx: Koa.Context, next: Koa.Next): Promise<unknown> {
  if (ctx.state['user']?.id !== 'admin') ctx.throw(403)
  return next()
}

async function* chunks(): AsyncGenerator<Buffer> {
  for (;;) {
    yield Buffer.alloc(1_000)
    await wait(5)
  }
}

async function* breaking(): AsyncGenerator<Buffer> {
  yield Buffer.alloc(1_000)
  await wait(5)
  throw new Error('secret')
}
