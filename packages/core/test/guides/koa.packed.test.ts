import { expect } from 'vitest'
import { summaryOf } from './event-summary.ts'
import type { GuideProject } from './project.ts'
import { splitImports, tryPage } from './trial.ts'

// The pages of Koa, in a service that has users, a login and a check of roles of its own.

const koa = ['koa@3', '@koa/router@15', '@koa/bodyparser@6', '@types/koa@3']

const service = {
  imports: `import { bodyParser } from '@koa/bodyparser'
import Router from '@koa/router'
import Koa, { type Context, type Next } from 'koa'
`,
  own: `interface User { email: string; password?: string }
const users = new Map<string, User>()
const secret = 'secret'
const jwt = (options: { secret: string }) => async (ctx: Context, next: Next) => {
  if (ctx.get('authorization') === 'Bearer ' + options.secret) ctx.state['user'] = { sub: 'u_1', roles: ctx.get('x-roles').split(',') }
  else if (ctx.path !== '/login') ctx.throw(401)
  await next()
}
const requireRole = (role: string) => async (ctx: Context, next: Next) => {
  if (!ctx.state['user'].roles.includes(role)) ctx.throw(403)
  await next()
}
const createUser = async (ctx: Context) => {
  const user = ctx.request.body as User
  users.set(user.email, user)
  ctx.body = user
}
const deleteUser = async (ctx: Context) => void (ctx.status = 204)
const login = async (ctx: Context) => {
  if ((ctx.request.body as User).password !== 'right') ctx.throw(401)
  ctx.state['user'] = { sub: 'u_2' }
  ctx.redirect('/home')
}
const logout = async (ctx: Context) => {
  ctx.state['user'] = undefined
  ctx.redirect('/')
}
export const app = new Koa()
export const router = new Router()
`,
  end: `
app.use(bodyParser())
app.use(router.routes())
`,
}

/** Sends requests to the service, stops it, and prints the events of its file. */
const requests = `
import { once } from 'node:events'
import { createServer } from 'node:http'
import { app } from './app.ts'
import { audit } from './audit.ts'

async function main(): Promise<void> {
  const server = createServer(app.callback()).listen(0)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const send = async (method: string, path: string, headers: Record<string, string>, body?: unknown) => {
    const json = body === undefined ? {} : { body: JSON.stringify(body), headers: { ...headers, 'content-type': 'application/json' } }
    const { status } = await fetch(\`http://127.0.0.1:\${port}\${path}\`, { method, headers, redirect: 'manual', ...json })
    console.log(status)
  }
  const ada = { authorization: 'Bearer secret', 'x-roles': 'user' }
  await send('POST', '/users', ada, { email: 'bob@example.com', password: 'p' })
  await send('DELETE', '/users/bob', ada)
  await send('DELETE', '/users/bob', { ...ada, 'x-roles': 'admin' })
  await send('DELETE', '/users/bob', {})
  await send('POST', '/login', {}, { email: 'eve@example.com', password: 'wrong' })
  await send('POST', '/login', {}, { email: 'eve@example.com', password: 'right' })
  await send('POST', '/logout', ada)
  server.closeAllConnections()
  server.close()
  await audit.close()
}
void main()
`

/** The promises of the guide, one for each request. */
const promised = [
  { name: 'user:created', status: 'success', actor: 'u_1', payload: { email: 'bob@example.com' } },
  { name: 'user:deleted', status: 'denied', actor: 'u_1', target: 'bob' },
  { name: 'user:deleted', status: 'success', actor: 'u_1', target: 'bob' },
  { name: 'user:deleted', status: 'denied', target: 'bob' },
  { name: 'session:opened', status: 'denied', target: 'eve@example.com' },
  { name: 'session:opened', status: 'success', actor: 'u_2', target: 'eve@example.com' },
  { name: 'session:closed', status: 'success', actor: 'u_1' },
]

const vitest = (project: GuideProject) => project.node(['node_modules/vitest/vitest.mjs', 'run'])

tryPage('docs/guides/add-to-koa.md', {
  has: () => [...koa, 'vitest@5', 'vite@7'],
  installs: (page) => [...page.installLine(), '@audit/cli'],
  mistake: ['ctx.request.body?.email', 'ctx.request.body?.mail'],
  async attempt(project, page) {
    page.installLine()
    project.write('src/audit.ts', page.block('export const { auditMiddleware, audited }'))
    const own = "import { audited, auditMiddleware } from './audit.ts'\n"
    const app = [
      service.imports,
      own,
      service.own,
      page.block('app.use(auditMiddleware'),
      page.block("router.post('/users'"),
      service.end,
    ]
    project.write('src/app.ts', app.join('\n'))
    project.write('src/main.ts', requests)
    expect((await project.runTypeScript('src/main.ts')).trim().split('\n')).toEqual([
      '200',
      '403',
      '204',
      '401',
      '401',
      '302',
      '302',
    ])
    const lines = project.read('audit.ndjson').trimEnd().split('\n')
    expect(lines.filter((line) => !line.includes('"type":"audit"')).map(summaryOf)).toEqual(promised)
    expect((await project.command('audit', ['tail'])).stdout).toMatch(/denied +session:opened +session\/eve@example\.com/)
    expect((await project.command('audit', ['status'])).stdout).toMatch(/sink +'file:audit\.ndjson' at .* nothing pending/)

    const runner = "import { expect, test, vi } from 'vitest'\n"
    const coverage = page.block('toBeComplete()')
    project.write('test/coverage.test.ts', `${runner}import { router } from '../src/app.ts'\nvoid vi\n${coverage}`)
    const { imports, rest } = splitImports(page.block('auditRecorder({ events })'))
    const [made, asked] = rest.split(/^\/\/ … .*$/m) as [string, string]
    const send = `
const app = new Koa()
const router = new Router()
const forbid = async (ctx: Context) => ctx.throw(403)
router.delete('/users/:id', forbid, audited('user:deleted'), async () => {})
app.use(auditMiddleware({ router })).use(router.routes())
const server = createServer(app.callback()).listen(0)
await fetch(\`http://127.0.0.1:\${(server.address() as { port: number }).port}/users/1\`, { method: 'DELETE' })
${asked}
server.close()
`
    const others = `${runner}import { createServer } from 'node:http'\nimport { events } from '../src/audit.ts'\n`
    const recorder = `${imports}\n${others}${service.imports.replace(/.*bodyparser.*\n/, '')}type Unused = Next\n`
    const test = `test('a denial is recorded', async () => {\n${made}${send}})\nexport type { Unused }\n`
    project.write('test/recorder.test.ts', recorder + test)
    await project.compile(['test/coverage.test.ts', 'test/recorder.test.ts'], { noEmit: true, allowImportingTsExtensions: true })
    await vitest(project)
  },
})

const flags = `interface Flag { key: string; enabled: boolean }
const flags = new Map<string, Flag>()
const createFlag = async (ctx: Context) => void (ctx.body = ctx.request.body as Flag)
const deleteFlag = async (ctx: Context) => void flags.delete(String(ctx['params'].key))
const authenticate = async (ctx: Context, next: Next) => {
  if (ctx.get('authorization') === '') ctx.throw(401)
  await next()
}
const preview = async (ctx: Context) => void (ctx.status = 204)
const app = new Koa()
const router = new Router()
const adminRouter = new Router()
const flag = z.object({ key: z.string(), enabled: z.boolean() })
const events = defineEvents({ flag: { created: flag, updated: flag, deleted: noPayload }, session: { closed: noPayload } })
const audit = createAudit({ service: 'flags-api', events, sinks: [consoleSink()] })
app.use(bodyParser())
router.delete('/sessions/:id', preview)
router.post('/webhooks/:name', preview)
`

tryPage('packages/koa/README.md', {
  has: () => [...koa, 'zod@4', 'vitest@5', 'vite@7'],
  mistake: ["audited('flag:created'", "audited('flag:craeted'"],
  async attempt(project, page) {
    const own = [
      "import { consoleSink, createAudit, defineEvents, noPayload } from '@audit/core'",
      "import { auditCoverage, koaAudit, notAudited } from '@audit/koa'",
      "import { z } from 'zod'",
    ].join('\n')
    const first = page.block('const { auditMiddleware, audited } = koaAudit(audit)')
    const options = page.block("audited('flag:updated', {")
    const tables = page
      .block("'* /webhooks/:name'")
      .replace(/^app\.use\(\n|^\)\n/gm, '')
      .replace('auditMiddleware', 'const table = auditMiddleware')
      .replace(/^( *\}\)),$/m, '$1')
    const more = `router.put('/flags/:key', ${options.trim()}, async (ctx: Context) => void (ctx.body = ctx.request.body as Flag))\n${tables}\nvoid table\n`
    project.write('src/app.ts', `${service.imports}${own}\n${flags}${first}${more}export { app, router, audit, auditCoverage }\n`)
    project.write(
      'src/main.ts',
      requests
        .replace("import { audit } from './audit.ts'", '')
        .replace('{ app }', '{ app, audit }')
        .replace(
          / {2}const ada[^]*?server\.close/,
          "  await send('POST', '/flags', { authorization: 'x' }, { key: 'a', enabled: true })\n  await send('DELETE', '/flags/a', {})\n  server.close",
        ),
    )
    const printed = (await project.runTypeScript('src/main.ts')).split('\n').filter((line) => line.includes('"flag"'))
    expect(printed.map(summaryOf)).toEqual([
      { name: 'flag:created', status: 'success', payload: { key: 'a', enabled: true } },
      { name: 'flag:deleted', status: 'denied', target: 'a' },
    ])
    const runner = "import { expect, test } from 'vitest'\nimport '@audit/core/testing/vitest'\n"
    project.write(
      'test/coverage.test.ts',
      `${runner}import { router, auditCoverage } from '../src/app.ts'\n${page.block('toBeComplete()')}`,
    )
    await project.compile(['test/coverage.test.ts'], { noEmit: true, allowImportingTsExtensions: true })
    await vitest(project)
  },
})
