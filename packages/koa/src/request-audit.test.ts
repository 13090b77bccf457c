import type { Context, Next } from 'koa'
import { expect, test, vi } from 'vitest'
import { brief, serve, setUp } from '../test/serve.ts'

const actor = (ctx: Context) => ({ authentication: 'token', id: ctx.get('x-user') })
const as = (user: string) => ({ headers: { 'x-user': user }, body: 'x'.repeat(100_000) })

/** Runs a callback where Node has lost the asynchronous context. */
const atEnd = (ctx: Context, callback: () => unknown) =>
  new Promise<void>((resolve) => {
    ctx.req
      .on('data', () => undefined)
      .on('end', () => {
        callback()
        resolve()
      })
  })

test('ctx.audit records with its request from a callback of the request, in audited and other routes', async () => {
  const { audit, app, router, auditMiddleware, audited } = setUp()
  router.post('/record', audited('flag:created'), async (ctx) => {
    await atEnd(ctx, () => ctx.audit.record('flag:created', null, { target: 'a' }))
    ctx.status = 204
  })
  router.post('/annotate', audited('flag:created'), async (ctx) => {
    await atEnd(ctx, () => ctx.audit.annotate({ target: 'a' }))
    ctx.status = 204
  })
  router.post('/unmarked', async (ctx) => {
    const { record } = ctx.audit
    await atEnd(ctx, () => record('flag:created', null, { target: 'a' }))
    ctx.status = 204
  })
  app.use(auditMiddleware({ router, actor })).use(router.routes())
  const send = await serve(app)
  for (const path of ['/record', '/annotate', '/unmarked']) await send(`POST ${path}`, as('ada'))
  expect(audit.events.map(brief)).toEqual(Array(3).fill('flag:created success by ada on a'))
  expect(audit.events.every(({ metadata }) => metadata.request?.id !== undefined)).toBe(true)
})

/** Runs one call at a time, as p-queue and async-lock do: each call starts the next one in its own context. */
function lock() {
  const waiting: (() => void)[] = []
  let isBusy = false
  const runNext = () => {
    const call = waiting.shift()
    isBusy = call !== undefined
    call?.()
  }
  return (_: Context, next: Next) =>
    new Promise((resolve, reject) => {
      waiting.push(() => void next().then(resolve, reject).finally(runNext))
      if (!isBusy) runNext()
    })
}

test.each(['in front of the router', 'in front of the mark', 'around the handler'])(
  'a queue %s does not mix up requests',
  async (where) => {
    const { audit, app, router, auditMiddleware, audited } = setUp()
    const queue = lock()
    const pass = (_: Context, next: Next) => next()
    let open = () => undefined as void
    const gate = new Promise<void>((resolve) => (open = resolve))
    const begun = vi.fn()
    router.post(
      '/flags/:key',
      where === 'in front of the mark' ? queue : pass,
      audited('flag:created', { target: (ctx) => ctx.params['key'] }),
      where === 'around the handler' ? queue : pass,
      async (ctx) => {
        begun()
        await gate
        audit.annotate({ reason: String(ctx['params'].key) })
        ctx.status = 204
      },
    )
    app.use(auditMiddleware({ router, actor }))
    if (where === 'in front of the router') app.use(queue)
    app.use(router.routes())
    const send = await serve(app)
    const users = ['u1', 'u2', 'u3']
    const sent = users.map((user) => send(`POST /flags/${user}`, as(user)))
    await expect.poll(() => begun.mock.calls.length).toBeGreaterThan(0)
    open()
    expect(await Promise.all(sent)).toEqual([204, 204, 204])
    expect(audit.events.map(brief).toSorted()).toEqual(users.map((user) => `flag:created success ${user} by ${user} on ${user}`))
  },
)

test('the user agent is recorded only if the option asks for it, redacted and cut like other texts', async () => {
  const agentOf = async (options: { readonly userAgent?: boolean }, userAgent: string) => {
    const { audit, app, router, auditMiddleware, audited } = setUp()
    router.post('/flags', audited('flag:created'), (ctx) => void (ctx.status = 204))
    app.use(auditMiddleware({ router, ...options })).use(router.routes())
    await (
      await serve(app)
    )('POST /flags', { headers: { 'user-agent': userAgent } })
    await expect.poll(() => audit.events).toHaveLength(1)
    return audit.events[0]!.metadata.request?.userAgent
  }
  expect(await agentOf({}, 'curl/8.5.0')).toBeUndefined()
  expect(await agentOf({ userAgent: false }, 'curl/8.5.0')).toBeUndefined()
  expect(await agentOf({ userAgent: true }, 'curl/8.5.0')).toBe('curl/8.5.0')
  expect(await agentOf({ userAgent: true }, '')).toBeUndefined()
  expect(await agentOf({ userAgent: true }, 'bot/1 (+https://ada:secret@bot.example)')).not.toContain('secret')
  const long = await agentOf({ userAgent: true }, `a/${'1'.repeat(8_000)}`)
  expect(long).toMatch(/^a\/1+/)
  expect(Buffer.byteLength(long!)).toBeLessThanOrEqual(1_024)
})
