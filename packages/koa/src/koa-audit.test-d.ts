import { createAudit, defineEvents, noPayload, type Audit } from '@audit/core'
import Koa from 'koa'
import { expectTypeOf } from 'vitest'
import { z } from 'zod'
import { koaAudit, type RouteContext } from './index.ts'

const events = defineEvents({ flag: { created: z.object({ key: z.string() }), deleted: noPayload } })
const { auditMiddleware, audited } = koaAudit(createAudit({ service: 'flags', events }))

audited('flag:created', (ctx) => ({ key: ctx.params['key']! }))
audited('flag:created', async () => ({ key: 'a' }))
audited('flag:deleted', { target: (ctx) => ctx.params['key'], failMode: 'closed' })

audited('flag:deleted', { target: (ctx) => ctx.request.body?.['key'] })
audited('flag:deleted', { target: (ctx) => ({ type: 'flag', id: ctx.request.body?.['id'] }) })

// No member that a callback reads is `any`, so that the application's lint rules hold.
audited('flag:deleted', {
  target: (ctx) => {
    expectTypeOf(ctx.params['key']).toEqualTypeOf<string | undefined>()
    expectTypeOf(ctx.request.body?.['key']).toEqualTypeOf<unknown>()
    expectTypeOf(ctx.path).toEqualTypeOf<string>()
  },
})

// @ts-expect-error: there is no such event
audited('flag:craeted')
// @ts-expect-error: the result is not a payload of flag:created
audited('flag:created', () => ({ name: 'a' }))
// @ts-expect-error: there is no such option
audited('flag:deleted', { traget: () => 'a' })

new Koa().use(auditMiddleware({ router: [], actor: (ctx) => ctx.state['user'] }))
new Koa().use(auditMiddleware({ router: [], actor: () => ({ authentication: 'jwt', id: 7, role: 'admin' }) }))
// @ts-expect-error: 'authentication' is misspelt
new Koa().use(auditMiddleware({ router: [], actor: () => ({ autentication: 'jwt', id: 7 }) }))
const deleted = { name: 'flag:deleted', target: (ctx: RouteContext) => ctx.params['key'] }
new Koa().use(auditMiddleware({ router: [], routes: { 'DELETE /flags/:key': deleted } }))
// @ts-expect-error: without a router, denials before it would not be recorded
new Koa().use(auditMiddleware({}))
new Koa().use((ctx) => expectTypeOf(ctx.audit).toEqualTypeOf<Audit>())
