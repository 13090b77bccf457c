const { once } = require('node:events')
const { readFile } = require('node:fs/promises')
const { createServer } = require('node:http')

/** Audits one request to a Koa application into a file, and resolves with the application's events read back from it. */
module.exports = async function roundTrip({ core, sinkFile, koa, Koa, Router, z }, path) {
  const events = core.defineEvents({ flag: { created: z.object({ key: z.string() }) } })
  const audit = core.createAudit({
    service: 'packed',
    events,
    journal: core.memoryJournal(),
    sinks: [sinkFile.fileSink({ path })],
  })
  const { auditMiddleware, audited } = koa.koaAudit(audit)

  const router = new Router()
  router.post(
    '/flags/:key',
    audited('flag:created', (ctx) => ({ key: ctx.params.key })),
    (ctx) => void (ctx.status = 204),
  )
  const app = new Koa().use(auditMiddleware({ router })).use(router.routes())
  const server = createServer(app.callback()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  await fetch(`http://127.0.0.1:${server.address().port}/flags/packed`, { method: 'POST' })
  server.closeAllConnections()
  server.close()
  await audit.close()

  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line)).filter(({ type }) => type !== 'audit')
}
