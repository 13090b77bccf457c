import type { Context, Next } from 'koa'
import { describe, expect, test } from 'vitest'
import { brief, serve, setUp } from '../test/serve.ts'

// `@koa/router` runs every route that matches, one inside the other, if handlers call `next()`.

type Handler = (ctx: Context, next: Next) => unknown

const passOn: Handler = (_, next) => next()
const ok: Handler = (ctx) => void (ctx.status = 204)

/** `POST /flags/a` matches an outer and an inner route, both audited. */
async function recordedOf(outer: Handler, inner: Handler, guards: { readonly front?: Handler; readonly behind?: Handler } = {}) {
  const { audit, app, router, auditMiddleware, audited } = setUp()
  router.post('/flags/:key', audited('flag:created', { target: (ctx) => ctx.params['key'] }), outer)
  router.post('/:kind/a', guards.front ?? passOn, audited('flag:deleted', { target: () => 'b' }), guards.behind ?? passOn, inner)
  app.use(auditMiddleware({ router })).use(router.routes())
  const status = await (await serve(app))('POST /flags/a')
  await expect.poll(() => audit.events).toHaveLength(2)
  return { status, events: audit.events.map(brief).toSorted(), audit }
}

const throwing =
  (status: number): Handler =>
  (ctx) =>
    ctx.throw(status)
const answering =
  (status: number): Handler =>
  (ctx) =>
    void (ctx.status = status)

describe('each audited route whose handler ran has its event', () => {
  test.each<[string, Handler, Handler, number, string, string]>([
    ['both return', passOn, ok, 204, 'success', 'success'],
    ['the inner one throws, through the outer one', passOn, throwing(409), 409, 'failure ConflictError', 'failure ConflictError'],
    ['the inner one refuses, through the outer one', passOn, throwing(403), 403, 'denied forbidden', 'denied forbidden'],
    [
      'the inner one throws, and the outer one answers by itself',
      (ctx, next) => next().catch(() => void (ctx.status = 204)),
      throwing(500),
      204,
      'success',
      'failure InternalServerError',
    ],
    [
      'the outer one fails after the inner one',
      (ctx, next) => next().then(() => ctx.throw(409)),
      ok,
      409,
      'failure ConflictError',
      'success | 409 ConflictError',
    ],
    [
      'the inner one answers 404, which is not the outer one’s',
      passOn,
      answering(404),
      404,
      'success | 404 undefined',
      'failure status-404',
    ],
    [
      'the outer one answers 409 after the inner one',
      (ctx, next) => next().then(() => void (ctx.status = 409)),
      ok,
      409,
      'failure status-409',
      'success | 409 undefined',
    ],
  ])('each audited route has its own outcome: %s', async (_, outer, inner, answer, outerOutcome, innerOutcome) => {
    const { status, events } = await recordedOf(outer, inner)
    const text = (name: string, outcome: string, target: string) => {
      const [own, late] = outcome.split(' | ')
      return `${name} ${own} by no one on ${target}${late ? ` | ${late}` : ''}`
    }
    expect(status).toBe(answer)
    expect(events).toEqual([text('flag:created', outerOutcome, 'a'), text('flag:deleted', innerOutcome, 'b')])
  })
})

test.each(['front', 'behind'])(
  'a guard %s the inner mark refuses: the inner one is denied, the outer one was done',
  async (where) => {
    const { events } = await recordedOf(passOn, ok, { [where]: answering(403) })
    expect(events).toEqual([
      'flag:created success by no one on a | 403 undefined',
      'flag:deleted denied forbidden by no one on b',
    ])
  },
)

test('each event has the pattern and the annotations of its own route', async () => {
  const note = (reason: string) => (ctx: Context) => ctx.audit.annotate({ reason })
  const outer: Handler = async (ctx, next) => {
    await next()
    note('outer')(ctx)
  }
  const inner: Handler = (ctx) => {
    note('inner')(ctx)
    ctx.status = 204
  }
  const { audit } = await recordedOf(outer, inner)
  const known = audit.events.map(({ action, reason, metadata }) => `${action} ${reason} ${metadata.request?.route}`)
  expect(known.toSorted()).toEqual(['created outer /flags/:key', 'deleted inner /:kind/a'])
  expect(new Set(audit.events.map(({ metadata }) => metadata.request?.id)).size).toBe(1)
})

test('a route that the request reaches twice has one event', async () => {
  const { audit, app, router, auditMiddleware, audited } = setUp()
  router.post('/flags', audited('flag:created'), (ctx, next) => {
    ctx.status = 204
    return next()
  })
  app.use(auditMiddleware({ router })).use(router.routes()).use(router.routes())
  expect(await (await serve(app))('POST /flags')).toBe(204)
  await expect.poll(() => audit.events.map(brief)).toEqual(['flag:created success by no one on undefined'])
})

test('an outer route with a fail-closed event waits for both events', async () => {
  const { audit, app, router, auditMiddleware, audited } = setUp()
  router.post('/flags', audited('flag:created', { failMode: 'closed' }), passOn)
  router.all('/flags', audited('flag:deleted', { failMode: 'closed' }), ok as never)
  app.use(auditMiddleware({ router })).use(router.routes())
  expect(await (await serve(app))('POST /flags')).toBe(204)
  expect(audit.events.map(({ action, status }) => `${action} ${status}`)).toEqual([
    'created attempted',
    'deleted attempted',
    'deleted success',
    'created success',
  ])
})
