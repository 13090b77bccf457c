import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { koaAudit } from '@audit/koa'
import Router from '@koa/router'
import Koa from 'koa'
import { bodyParser } from '@koa/bodyparser'
// @ts-expect-error: it has no types.
import koaPino from 'koa-pino-logger'
import pino from 'pino'
import type { Measurement } from '../benchmark.ts'
import { openAudit, type BenchAudit } from '../open-audit.ts'
import type { FlagUpdate } from '../sample.ts'
import { auditedServer } from './audited-server.ts'
import { FloorTrail } from './floor/floor-trail.ts'
import { measure, type Server, type StartServer } from './load.ts'

export const startBare: StartServer = () => serve(new Koa(), new Router())

export const startAudited: StartServer = async (options) => serveAudited(await openAudit(options), { isCounted: true })

export const startPinoLogged: StartServer = ({ directory }) => {
  const app = new Koa()
  app.use(koaPino({}, pino.destination({ dest: join(directory, 'pino.ndjson'), sync: true })))
  return serve(app, new Router())
}

export const startFloor: StartServer = async ({ directory }) => {
  const trail = new FloorTrail(directory)
  const app = new Koa()
  const router = new Router()
  app.use((ctx, next) => {
    const request = { method: ctx.method, ip: ctx.ip, route: undefined, payload: undefined }
    ctx.res.once('finish', () => trail.record(request, ctx.res.statusCode))
    return trail.run(request, next)
  })
  router.post('/flags/:key', (ctx) => {
    answer(ctx)
    trail.keep('/flags/:key', ctx.body)
  })
  const server = await serve(app, router)
  return { port: server.port, close: (requests) => server.close(requests).then(() => trail.close(requests)) }
}

export const bare: Measurement = (options) => measure(options, startBare, '/flags/a')
export const audited: Measurement = (options) => measure(options, startAudited, '/flags/a')
export const pinoLogged: Measurement = (options) => measure(options, startPinoLogged, '/flags/a')
export const floor: Measurement = (options) => measure(options, startFloor, '/flags/a')
export const unaudited: Measurement = (options) =>
  measure(options, async (given) => serveAudited(await openAudit(given), { isCounted: false }), '/plain/a')

async function serveAudited(audit: BenchAudit, counting: { readonly isCounted: boolean }) {
  const { auditMiddleware, audited: mark } = koaAudit(audit)
  const app = new Koa()
  const router = new Router()
  app.use(auditMiddleware({ router, actor: () => ({ authentication: 'token', id: 'user-4711' }) }))
  router.post(
    '/flags/:key',
    mark('flag:updated', (ctx) => ctx.body as FlagUpdate),
    answer,
  )
  router.post('/plain/:key', answer)
  const server = await serve(app, router)
  return auditedServer(server, audit, counting)
}

function answer(ctx: Koa.Context): void {
  ctx.status = 201
  ctx.body = ctx.request.body
}

async function serve(app: Koa, router: Router): Promise<Server> {
  if (router.stack.length === 0) router.post('/flags/:key', answer)
  app.use(bodyParser())
  app.use(router.routes())
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
