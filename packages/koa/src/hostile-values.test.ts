import { callWithHostile, hostileValues } from '@audit/core/testing/adapter'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Context } from 'koa'
import { serve, setUp } from '../test/serve.ts'

// An application may pass any value. No value may make its request fail, except with a documented error of an option.

const odd: readonly (readonly [string, () => unknown])[] = [undefined, null, true, -1, '', 'text', Symbol('s'), 2n ** 1_000n].map(
  (value) => [`${typeof value} ${String(value).slice(0, 8)}`, () => value],
)
const million = Array.from({ length: 1_000_000 }, () => 'x')
const huge: typeof odd = [
  ['a string of 10 MB', () => 'x'.repeat(10_000_000)],
  ['a list of a million', () => million],
]
const trip = (what: string): never => {
  throw new Error(`${what} was run`)
}
const hostile = hostileValues.map(({ name, make }) => [name, () => make(trip)] as const)
const values = [...odd, ...huge, ...hostile]

const crashes: unknown[] = []
const crash = (reason: unknown) => void crashes.push(reason)
beforeAll(() => void process.on('unhandledRejection', crash))
afterAll(() => {
  process.off('unhandledRejection', crash)
  expect(crashes).toEqual([])
})

test.each(values)('ctx.audit accepts %s', async (_, make) => {
  const { audit, app, router, auditMiddleware, audited } = setUp()
  let faults: readonly string[] | undefined
  router.post('/flags', audited('flag:created'), async (ctx) => {
    faults = await callWithHostile(ctx.audit, 'flag:read', make)
    ctx.status = 204
  })
  app.use(auditMiddleware({ router })).use(router.routes())
  expect(await (await serve(app))('POST /flags')).toBe(204)
  expect(faults).toEqual([])
  await expect.poll(() => audit.events.filter(({ action }) => action === 'created')).toHaveLength(1)
})

const places: Record<string, (make: () => unknown, kit: ReturnType<typeof setUp>) => unknown> = {
  user: (make, { router, audited }) =>
    router.post(
      '/flags',
      (ctx, next) => {
        ctx.state['user'] = make()
        return next()
      },
      audited('flag:created'),
      done,
    ),
  thrown: (make, { app, router, audited }) => {
    // Before Koa, which cannot answer every value that may be thrown.
    app.use((ctx, next) => next().catch(() => void (ctx.status = 204)))
    router.post('/flags', audited('flag:created'), () => {
      throw make()
    })
  },
  body: (make, { app, router, audited }) => {
    app.use((ctx, next) => next().finally(() => void Object.defineProperty(ctx, 'body', { value: undefined, writable: true })))
    router.post('/flags', audited('flag:created'), (ctx) => {
      Object.defineProperty(ctx, 'body', { value: make(), configurable: true, writable: true })
      ctx.status = 204
    })
  },
}
const done = (ctx: Context) => void (ctx.status = 204)

test.each(values.flatMap(([name, make]) => Object.keys(places).map((place) => [place, name, make] as const)))(
  'the %s of a route may be %s',
  async (place, _, make) => {
    const kit = setUp()
    const { audit, app, router, auditMiddleware } = kit
    places[place]!(make, kit)
    app.use(auditMiddleware({ router })).use(router.routes())
    expect(await (await serve(app))('POST /flags')).toBe(204)
    await expect.poll(() => audit.events.map(({ status }) => status)).toEqual([place === 'thrown' ? 'failure' : 'success'])
  },
)

const options = ['actor', 'tenant', 'requestId', 'target', 'before', 'payload'] as const

test.each(values)('the callbacks of a request may return or throw %s', async (_, make) => {
  const fail = () => {
    throw make()
  }
  for (const callback of [make, fail]) {
    for (const option of options) {
      const { audit, app, router, auditMiddleware, audited } = setUp()
      const isOfRequest = ['actor', 'tenant', 'requestId'].includes(option)
      router.post('/flags', audited('flag:created', isOfRequest ? {} : { [option]: callback }), done)
      app.use(auditMiddleware({ router, ...(isOfRequest && { [option]: callback }) })).use(router.routes())
      expect([option, await (await serve(app))('POST /flags')]).toEqual([option, 204])
      await expect.poll(() => audit.events.map(({ status }) => status)).toEqual(['success'])
      expect(audit.events[0]!.metadata.request).toMatchObject({ method: 'POST', route: '/flags' })
    }
  }
})
