import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Audit } from '@audit/core'
import {
  fuzzRoutes,
  type FuzzLedger,
  type FuzzPlatform,
  type HandlerAnswers,
  type StageAnswers,
} from '@audit/core/testing/adapter'
import type { Context, Next } from 'koa'
import { koaAudit, notAudited } from '../src/index.ts'
import type { Versions } from './versions.ts'

/** Drives Koa and its router for the fuzz. */
export function fuzzedKoa(name: string, versions: Versions): FuzzPlatform {
  return {
    name,
    async start(audit, ledger) {
      const server = createServer(applicationOf(audit, ledger, versions)).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const close = async () => {
        server.closeAllConnections()
        server.close()
        await once(server, 'close')
      }
      return { port: (server.address() as AddressInfo).port, close }
    },
  }
}

function applicationOf(
  audit: Audit,
  ledger: FuzzLedger,
  { Koa, Router }: Versions,
): ReturnType<InstanceType<Versions['Koa']>['callback']> {
  const { auditMiddleware, audited } = koaAudit(audit)
  const router = new Router()
  const nested = new Router()
  const target = (ctx: Context) => ctx['params']?.key as string | undefined
  for (const { method, pattern, event, kind } of fuzzRoutes) {
    const prefix = '/api/v1'
    const isNested = pattern.startsWith(prefix)
    const mark = event === undefined ? [] : [audited(event, { target })]
    const exempt = kind === 'not-audited' ? [notAudited('changes nothing')] : []
    const handler = kind === 'stream' ? streams : handles
    const route = isNested ? nested : router
    route.register(
      isNested ? pattern.slice(prefix.length) : pattern,
      [method],
      isNested ? [guards, queues, ...mark, handler] : [guards, ...mark, ...exempt, queues, handler],
    )
  }
  router.use('/api/v1', nested.routes())

  const app = new Koa()
  app.silent = true
  app.use(auditMiddleware({ router, actor: ({ state }) => state['user'] && { authentication: 'token', id: state['user'] } }))
  app.use((ctx, next) => ledger.around(idOf(ctx), next, answersOf(ctx)))
  app.use(async (ctx, next) => {
    ctx.path = ctx.path.replace(/^\/v9/, '')
    if (await ledger.passes('early', idOf(ctx), answersOf(ctx))) return next()
    return undefined
  })
  app.use(async (ctx, next) => {
    if (!(await ledger.passes('auth', idOf(ctx), answersOf(ctx)))) return undefined
    ctx.state['user'] = ctx.get('authorization')
    return next()
  })
  app.use(router.routes()).use(router.allowedMethods())
  return app.callback()

  async function guards(ctx: Context, next: Next): Promise<unknown> {
    return (await ledger.passes('guard', idOf(ctx), answersOf(ctx))) && next()
  }

  function queues(ctx: Context, next: Next): Promise<unknown> {
    return ledger.queued(idOf(ctx), next)
  }

  async function handles(ctx: Context): Promise<void> {
    const body = await ledger.handle(idOf(ctx), ctx['params'].key, handlerAnswersOf(ctx))
    if (body !== undefined) ctx.body = body
  }

  function streams(ctx: Context): void {
    ctx.body = ledger.stream(idOf(ctx), ctx['params'].key)
  }

  function handlerAnswersOf(ctx: Context): HandlerAnswers {
    const event = ledger.entryOf(idOf(ctx)).plan.route!.event ?? 'flag:created'
    const isAudited = ledger.entryOf(idOf(ctx)).plan.route!.event !== undefined
    return {
      ...answersOf(ctx),
      denies: async () => isAudited && ctx.audit.denied(event, { reason: 'locked' }),
      records: async (operation) => isAudited && ctx.audit.record(event, operation),
      atRequestEnd: (callback) =>
        new Promise((resolve, reject) => ctx.req.on('end', () => callback().then(resolve, reject)).resume()),
      signsOut: () => void (ctx.state['user'] = undefined),
    }
  }
}

function idOf(ctx: Context): string {
  return ctx.get('x-request-id')
}

function answersOf(ctx: Context): StageAnswers {
  return {
    throws: (status) => ctx.throw(status, 'secret'),
    answers: (status) => void (ctx.status = status),
    redirects: () => ctx.redirect('/login'),
  }
}
