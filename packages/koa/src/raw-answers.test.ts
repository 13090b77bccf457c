import type { Context, Next } from 'koa'
import { expect, test } from 'vitest'
import { brief, serve, setUp } from '../test/serve.ts'

/** Ways to answer through Node's response instead of Koa's, as functions that are given `ctx.req` and `ctx.res` do. */
const ways: Record<string, (ctx: Context, status: number) => void> = {
  'ends the response of Node': ({ res }, status) => void res.writeHead(status).end(),
  'chooses a status and ends the response of Node': (ctx, status) => {
    ctx.status = status
    ctx.res.end()
  },
  'sets the status of the response of Node': ({ res }, status) => void (res.statusCode = status),
}

test.each(Object.entries(ways))('a function that %s is recorded with that status', async (_, answer) => {
  const { audit, app, router, auditMiddleware, audited } = setUp()
  const target = (ctx: Context) => ctx['params'].key as string
  const handler = (ctx: Context) => answer(ctx, Number(ctx.get('x-status')))
  const guard = (ctx: Context, next: Next) => (ctx.get('x-status') ? handler(ctx) : next())
  const unreached = () => expect.unreachable()
  router.post('/handler/:key', audited('flag:created', { target }), handler)
  router.post('/behind/:key', audited('flag:created', { target }), guard, unreached)
  router.post('/before/:key', guard, audited('flag:created', { target }), unreached)
  router.post('/outside/:key', audited('flag:created', { target }), unreached)
  app.use(auditMiddleware({ router }))
  app.use((ctx, next) => (ctx.path.startsWith('/outside') ? guard(ctx, next) : next()))
  app.use(router.routes())
  const send = await serve(app)
  const outcomes: Record<string, readonly string[]> = {
    handler: ['denied forbidden', 'failure status-409', 'success', 'success'],
    behind: ['denied forbidden', 'failure status-409', 'failure handler-not-run', 'failure handler-not-run'],
    before: ['denied forbidden', 'failure status-409', 'failure handler-not-run', 'failure handler-not-run'],
    outside: ['denied forbidden', 'failure status-409', 'failure handler-not-run'],
  }
  const expected = Object.entries(outcomes).flatMap(([place, list]) =>
    list.map((outcome) => `flag:created ${outcome} by no one on ${place}`),
  )
  for (const [place, list] of Object.entries(outcomes)) {
    for (const status of [403, 409, 303, 204].slice(0, list.length)) {
      expect(await send(`POST /${place}/${place}`, { headers: { 'x-status': String(status) } })).toBe(status)
    }
  }
  await expect.poll(() => audit.events.map(brief)).toEqual(expected)
})

test('a 404 that was sent through the response of Node is a refusal; one by Koa may mean that there is no such thing', async () => {
  const { audit, app, router, auditMiddleware, audited } = setUp()
  router.post(
    '/flags/:key',
    audited('flag:created'),
    (_ctx, next) => next(),
    () => undefined,
  )
  app.use(auditMiddleware({ router }))
  app.use(({ path, res }, next) => (path.endsWith('/hidden') ? void res.writeHead(404).end() : next()))
  app.use(router.routes())
  const send = await serve(app)
  for (const key of ['hidden', 'unanswered']) expect(await send(`POST /flags/${key}`)).toBe(404)
  await expect
    .poll(() => audit.events.map(brief))
    .toEqual(['flag:created denied status-404 by no one on undefined', 'flag:created failure status-404 by no one on undefined'])
})
